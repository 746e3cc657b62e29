import zlib from 'node:zlib';
import t from 'tap';
import type { ByteSource } from '../../../src/flow/body/body.js';
import { decodeContent } from '../../../src/flow/body/content-coding.js';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { Redactor, redactFlow } from '../../../src/redact/index.js';
import { httpFlow } from '../../terminal/sample-flows.js';

const redactor = new Redactor({ key: Buffer.from('0123456789abcdef') });
const SECRET = `ghp_${'a1B2c3D4e5'.repeat(4).slice(0, 36)}`;
const REST = Buffer.from(`\npassword=hunter2-hunter2&token=${SECRET}`);

type Encode = (content: Buffer) => Buffer;
const { zstdCompressSync } = zlib as unknown as { zstdCompressSync?: Encode };
const CODINGS: [coding: string, encode: Encode][] = [
  ['gzip', zlib.gzipSync],
  ['deflate', zlib.deflateSync],
  ['deflate', zlib.deflateRawSync],
  ['br', zlib.brotliCompressSync],
  ['gzip, br', (content) => zlib.brotliCompressSync(Buffer.concat([zlib.gzipSync(content), REST]))],
];
if (zstdCompressSync) CODINGS.push(['zstd', zstdCompressSync]);

/** Content that is not in one buffer is searched as a stream. */
function inChunks(body: Buffer): ByteSource {
  async function* read(): AsyncGenerator<Buffer> {
    for (let at = 0; at < body.length; at += 999) yield body.subarray(at, at + 999);
  }
  return { size: body.length, buffer: undefined, read, release: () => {} };
}

async function redacted(coding: string, body: Buffer, inPieces: boolean) {
  const flow = httpFlow(
    { method: 'POST', headers: { 'content-type': 'text/plain', 'content-encoding': coding }, body },
    {},
  );
  if (inPieces) flow.request.body.setStored(inChunks(body));
  const { request, metadata } = (await redactFlow(redactor, flow)).flow as HttpFlow;
  return { body: await request.body.rawBytes(), metadata: metadata.redacted as { dropped?: unknown } | undefined };
}

t.test('bytes after coded content are not recorded', async (t) => {
  const contents = ['open', `token=${SECRET}`, `${'0123456789'.repeat(100_000)} token=${SECRET}`];
  for (const [coding, encode] of CODINGS)
    for (const content of contents)
      for (const rest of [REST, Buffer.concat([Buffer.alloc(3), REST]), Buffer.from([0x1f, 0x8b, 8, 16, 0])])
        for (const inPieces of [false, true]) {
          const name = `${coding}, ${content.length} bytes, ${inPieces ? 'in pieces' : 'whole'}`;
          const coded = encode(Buffer.from(content));
          const { body, metadata } = await redacted(coding, Buffer.concat([coded, rest]), inPieces);
          t.notOk(body.includes(REST.subarray(1)), name);
          t.notOk(body.includes(SECRET), name);
          const expected = content.replace(SECRET, redactor.replace(SECRET, ''));
          t.equal(String(await decodeContent(body, coding.split(', '))), expected, `${name}: the content is kept`);
          t.match(metadata, { dropped: { 'request.body': /^bytes after its (gzip|deflate|br|zstd) content$/ } }, name);
        }
});

t.test('content that ends with its body is kept as it is', async (t) => {
  for (const [coding, encode] of CODINGS.filter(([coding]) => !coding.includes(',')))
    for (const inPieces of [false, true]) {
      const coded = encode(Buffer.from('0123456789'.repeat(1000)));
      for (const bytes of [coded, coded.subarray(0, -3)]) {
        const { body, metadata } = await redacted(coding, bytes, inPieces);
        t.ok(body.equals(bytes), coding);
        t.equal(metadata, undefined);
      }
    }
});
