import { gzipSync } from 'node:zlib';
import t from 'tap';
import { Body } from '../../../src/flow/body/body.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { toFormat } from '../flows.js';
import { plainHttpFlow, streamedSource, upgradedFlow } from '../sample-flows.js';

async function written(flow: ReturnType<typeof plainHttpFlow>): Promise<Record<string, Record<string, unknown>>> {
  return JSON.parse((await toFormat('jsonl', [flow])).toString());
}

/** A flow whose response has this body. @param stored how it is kept */
function flowWith(bytes: Buffer, encoding?: string, stored: 'memory' | 'streamed' | 'nowhere' = 'memory') {
  const flow = plainHttpFlow('/', '');
  const { headers } = flow.response!;
  if (encoding) headers.append('Content-Encoding', encoding);
  const pieces = Array.from({ length: bytes.length }, (_, at) => bytes.subarray(at, at + 1));
  const source = {
    memory: { ...streamedSource([bytes]), buffer: bytes },
    streamed: streamedSource(pieces),
    nowhere: undefined,
  };
  const body = Body.of(headers, source[stored], bytes.length, true);
  flow.response = new HttpResponse({ statusCode: 200, reason: 'OK', httpVersion: 'HTTP/1.1', headers, body });
  return flow;
}

const TEXT = Buffer.from('a"\\\n\0\u2028\u{1f600}\xe9');
const BYTES = Buffer.from([0xc3, 0x28, 0x00, 0xff]);

const BODIES: [name: string, bytes: Buffer, encoding: string | undefined, expected: Record<string, unknown>][] = [
  ['text', TEXT, undefined, { body: TEXT.toString() }],
  ['bytes', BYTES, undefined, { bodyBase64: BYTES.toString('base64') }],
  [
    'a character that is incomplete',
    TEXT.subarray(0, -1),
    undefined,
    { bodyBase64: TEXT.subarray(0, -1).toString('base64') },
  ],
  ['text with a byte order mark', Buffer.from('\ufeffx'), undefined, { body: '\ufeffx' }],
  [
    'encoded text',
    gzipSync(TEXT),
    'gzip',
    { body: TEXT.toString(), encodedBodyBase64: gzipSync(TEXT).toString('base64') },
  ],
  [
    'encoded bytes',
    gzipSync(BYTES),
    'gzip',
    { bodyBase64: BYTES.toString('base64'), encodedBodyBase64: gzipSync(BYTES).toString('base64') },
  ],
  [
    'encoded text that ends early',
    gzipSync(TEXT).subarray(0, -8),
    'gzip',
    {
      bodyDecoded: 'incomplete',
      body: TEXT.toString(),
      encodedBodyBase64: gzipSync(TEXT).subarray(0, -8).toString('base64'),
    },
  ],
  ['what is not gzip', BYTES, 'gzip', { bodyBase64: BYTES.toString('base64') }],
  ['an unknown coding', TEXT, 'rot13', { body: TEXT.toString() }],
  ['nothing', Buffer.alloc(0), 'gzip', {}],
];

for (const [name, bytes, encoding, expected] of BODIES) {
  t.test(`a body: ${name}`, async (t) => {
    for (const stored of ['memory', 'streamed'] as const) {
      const { response } = await written(flowWith(bytes, encoding, stored));
      const { bodyDecoded, body, bodyBase64, encodedBodyBase64, bodySize } = response!;
      const seen = Object.entries({ bodyDecoded, body, bodyBase64, encodedBodyBase64 }).filter(
        ([, value]) => value !== undefined,
      );
      t.strictSame([Object.fromEntries(seen), bodySize], [expected, bytes.length], stored);
    }
  });
}

t.test('a body that was not kept', async (t) => {
  const { response } = await written(flowWith(TEXT, undefined, 'nowhere'));
  t.same([response!.body, response!.bodySize], [undefined, TEXT.length]);
});

t.test('a body that cannot be read leaves a whole line', async (t) => {
  for (const after of [0, 1]) {
    const flow = plainHttpFlow('/', '');
    let reads = 0;
    const failing = {
      ...streamedSource([TEXT]),
      async *read() {
        yield TEXT;
        if (reads++ >= after) throw new Error('gone');
      },
    };
    const { headers } = flow.response!;
    const body = Body.of(headers, failing, TEXT.length, true);
    flow.response = new HttpResponse({ statusCode: 200, reason: 'OK', httpVersion: 'HTTP/1.1', headers, body });
    const lines: string[] = [];
    await t.rejects(
      toFormat('jsonl', [flow], {}, (bytes) => lines.push(bytes.toString())),
      /gone/,
    );
    const { response } = JSON.parse(lines.join(''));
    t.same([response.body, response.bodyComplete], after === 0 ? [undefined, undefined] : [TEXT.toString(), false]);
  }
});

t.test('text of any kind is valid JSON and UTF-8', async (t) => {
  const flow = plainHttpFlow('/\xff');
  flow.comment = 'lone \ud800 surrogate \u2028 \0 "';
  const bytes = await toFormat('jsonl', [flow]);
  t.equal(bytes.toString('utf8'), Buffer.from(bytes.toString('utf8')).toString('utf8'));
  t.notMatch(bytes.toString('utf8'), /\ufffd/);
  t.equal(JSON.parse(bytes.toString()).comment, flow.comment);
});

t.test('messages', async (t) => {
  const { messages, messageCount, messageSize } = JSON.parse((await toFormat('jsonl', [upgradedFlow()])).toString());
  t.same([messageCount, messageSize], [3, 3]);
  t.match(messages, [
    { type: 'text', fromClient: true, text: 'hi' },
    { type: 'binary', fromClient: false, text: '' },
    { type: 'binary', fromClient: false, base64: '/w==' },
  ]);
});
