import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import t from 'tap';
import { Body } from '../../../src/flow/body/body.js';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { Headers } from '../../../src/flow/http/headers.js';
import { HttpRequest } from '../../../src/flow/http/http-request.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { readAll, toFormat } from '../flows.js';
import { plainHttpFlow, streamedSource, upgradedFlow } from '../sample-flows.js';

const SECRET = 'secret token=abc';
const TEXT = `before ${SECRET} after`;
const LONG = `${TEXT}${' more text'.repeat(150_000)}`;
/** Its coded bytes are long, too. */
const NOISE = `${TEXT} ${Array.from({ length: 250_000 }, (_, at) => Math.imul(at, 2654435761).toString(36)).join('')}`;

function br(bytes: string | Buffer): Buffer {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
}

async function written(format: 'har' | 'jsonl', bytes: Buffer, coding: string): Promise<string> {
  const flow = plainHttpFlow();
  const headers = Headers.from({ 'Content-Encoding': coding, 'Content-Length': String(bytes.length) });
  const body = Body.of(headers, { ...streamedSource([bytes]), buffer: bytes }, bytes.length, true);
  const { method, scheme, host, port, authority, path, httpVersion } = flow.request;
  const request = new HttpRequest({ method, scheme, host, port, authority, path, httpVersion, headers, body });
  const response = new HttpResponse({ statusCode: 200, reason: 'OK', httpVersion, headers, body });
  return (await toFormat(format, [Object.assign(flow, { request, response })])).toString();
}

async function read(text: string): Promise<HttpFlow> {
  const { flows, damage } = await readAll([Buffer.from(text)]);
  t.same(damage, []);
  return flows[0] as HttpFlow;
}

for (const format of ['jsonl', 'har'] as const) {
  for (const [name, text] of [
    ['short', TEXT],
    ['long', LONG],
    ['long, also when it is encoded', NOISE],
  ] as const) {
    for (const [coding, bytes] of [
      ['gzip', gzipSync(text)],
      ['br', br(text)],
      ['gzip, br', br(gzipSync(text))],
    ] as const) {
      t.test(`${format}: content that was replaced counts, not its encoded bytes: ${name}, ${coding}`, async (t) => {
        const file = await written(format, bytes, coding);
        for (const message of messagesOf(await read(file))) {
          t.ok((await message.body.rawBytes()).equals(bytes), 'unchanged it is the bytes of the wire');
          t.equal(message.headers.get('content-encoding'), coding);
        }
        const replaced = text.replace(SECRET, '[redacted]');
        for (const { headers, body } of messagesOf(await read(file.replaceAll(SECRET, '[redacted]')))) {
          t.ok((await body.rawBytes()).equals(Buffer.from(replaced)), 'replaced');
          t.equal(headers.get('content-encoding'), undefined);
          t.same([headers.get('content-length'), body.size], [String(replaced.length), replaced.length]);
        }
      });
    }
  }
}

function messagesOf({ request, response }: HttpFlow) {
  return [request, response!];
}

const CODED = gzipSync(TEXT).toString('base64');

t.test('which of content and encoded bytes counts', async (t) => {
  const cases: [message: object, coding: string, expected: string | undefined, codingKept: boolean][] = [
    [{ body: TEXT, encodedBodyBase64: CODED }, 'gzip', gzipSync(TEXT).toString('latin1'), true],
    [{ bodyBase64: btoa(TEXT), encodedBodyBase64: CODED }, 'gzip', gzipSync(TEXT).toString('latin1'), true],
    [{ bodyBase64: btoa('other'), encodedBodyBase64: CODED }, 'gzip', 'other', false],
    [{ body: `${TEXT}!`, encodedBodyBase64: CODED }, 'gzip', `${TEXT}!`, false],
    [{ body: TEXT.slice(0, -1), encodedBodyBase64: CODED }, 'gzip', TEXT.slice(0, -1), false],
    [{ body: '', encodedBodyBase64: CODED }, 'gzip', '', false],
    [{ body: 'x', encodedBodyBase64: 'no base64' }, 'gzip', 'x', false],
    [{ body: 'x', encodedBodyBase64: 'eA==' }, 'gzip', 'x', false],
    [{ body: TEXT, encodedBodyBase64: CODED }, 'rot13', TEXT, false],
    [{ body: TEXT }, 'gzip', TEXT, true],
    // Content that was taken out does not come back.
    [{ encodedBodyBase64: CODED, bodySize: 5 }, 'gzip', undefined, true],
  ];
  for (const [message, coding, expected, codingKept] of cases) {
    const request = { method: 'GET', url: 'http://a/', headers: [['Content-Encoding', coding]], ...message };
    const flow = await read(JSON.stringify({ type: 'http', request }));
    const { body, headers } = flow.request;
    const content = body.kept ? (await body.rawBytes()).toString('latin1') : undefined;
    t.same([content, headers.get('content-encoding') === coding], [expected, codingKept], JSON.stringify(message));
  }
});

t.test('binary content is in a HAR beside a text, which may be edited', async (t) => {
  const flow = upgradedFlow();
  flow.websocket = { byClient: undefined, code: undefined, reason: undefined, timestamp: undefined };
  flow.messages!.append({ fromClient: true, opcode: 1, timestamp: 1, content: Buffer.from('\xff secret', 'latin1') });
  flow.request.body.set(Buffer.from('\xff secret', 'latin1'));
  const file = JSON.parse((await toFormat('har', [flow])).toString());
  const contents = async (): Promise<string[]> => {
    const back = await read(JSON.stringify(file));
    const found = [(await back.request.body.rawBytes()).toString('latin1')];
    for await (const { content } of back.messages!) found.push(content.toString('latin1'));
    return [found[0]!, found.at(-1)!];
  };
  t.same(await contents(), ['\xff secret', '\xff secret']);
  const [entry] = file.log.entries;
  entry._webSocketMessages.at(-1).data = '[redacted]';
  entry.request.postData.text = '[redacted]';
  t.same(await contents(), ['[redacted]', '[redacted]']);
});
