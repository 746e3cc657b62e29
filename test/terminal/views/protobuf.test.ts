import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { loadDefinitions } from '../../../src/protobuf/definitions/load-definitions.js';
import { parseMediaType } from '../../../src/terminal/views/media-type.js';
import { ProtobufViews } from '../../../src/terminal/views/protobuf.js';
import { showContent } from '../../../src/terminal/views/show-content.js';
import { field, frame } from '../../protobuf/wire-bytes.js';
import { httpFlow } from '../sample-flows.js';

const FIXTURES = fileURLToPath(new URL('../../../../fixtures/protobuf', import.meta.url));
const MESSAGE = Buffer.concat([field(1, 'a1'), field(2, 3)]);

async function shown(
  views: ProtobufViews,
  content: Buffer,
  headers: Record<string, string>,
  side: 'request' | 'response' = 'request',
): Promise<string> {
  const flow = httpFlow({ path: '/shop.Orders/Get', headers: side === 'request' ? headers : {} }, { headers });
  const own = flow[side]!.headers;
  let text = '';
  const type = parseMediaType(headers['content-type']);
  for await (const piece of showContent(halves(content), type, views.viewOf(flow.request, own))) text += piece;
  return text;
}

/** Two chunks, so that messages span them. */
async function* halves(content: Buffer): AsyncGenerator<Buffer> {
  const middle = content.length >> 1;
  if (middle > 0) yield content.subarray(0, middle);
  yield content.subarray(middle);
}

t.test('each type', async (t) => {
  const views = new ProtobufViews(await loadDefinitions([FIXTURES]));
  const named = 'id: a1\ncount: 3\n';
  const table: [type: string, content: Buffer, text: string, more?: Record<string, string>][] = [
    ['application/grpc', frame(MESSAGE), named],
    ['application/grpc+proto', Buffer.concat([frame(MESSAGE), frame(MESSAGE)]), `${named}---\n${named}`],
    ['application/grpc', frame(gzipSync(MESSAGE), 1), named, { 'grpc-encoding': 'gzip' }],
    ['application/grpc', frame(''), '{}\n'],
    [
      'application/grpc',
      frame(MESSAGE).subarray(0, -1),
      '# incomplete: 5 of 6 bytes\nid: a1\n# not decoded, 1 byte: 10\n',
    ],
    [
      'application/grpc',
      frame('ab', 1),
      '# snappy: a compression that is not supported\n00000000',
      { 'grpc-encoding': 'snappy' },
    ],
    ['application/grpc', Buffer.from('<html>'), '<html>\n'],
    ['application/grpc+json', frame('{"a":1}'), '{\n    "a": 1\n}\n'],
    ['application/grpc+flat', frame('text'), 'text\n'],
    [
      'application/grpc-web',
      Buffer.concat([frame(MESSAGE), frame('grpc-status: 0\r\n', 0x80)]),
      `${named}---\n# trailers\ngrpc-status: 0\n`,
    ],
    ['application/grpc-web-text', Buffer.from(frame(MESSAGE).toString('base64')), named],
    [
      'application/connect+proto',
      Buffer.concat([frame(MESSAGE), frame('{}', 2)]),
      `${named}---\n# end of stream\n{}\n`,
    ],
    ['application/proto', MESSAGE, named],
    ['application/x-protobuf', MESSAGE, named],
    ['application/protobuf; messageType="shop.Item"', MESSAGE, 'sku: a1\nquantity: 3\n'],
    ['application/protobuf', Buffer.from('no message at all'), 'no message at all'],
  ];
  for (const [type, content, text, more] of table) {
    const found = await shown(views, content, { 'content-type': type, ...more });
    t.ok(text.endsWith('00000000') ? found.startsWith(text) : found === text, `${type}: ${found}`);
  }
  t.equal(
    await shown(views, frame(field(3, 1)), { 'content-type': 'application/grpc' }, 'response'),
    '3: 1  # sint: -1\n',
  );
  t.equal(await shown(views, frame(field(1, 'o')), { 'content-type': 'application/grpc' }, 'response'), 'id: o\n');
});

t.test('without definitions', async (t) => {
  const views = new ProtobufViews(undefined);
  t.equal(await shown(views, frame(MESSAGE), { 'content-type': 'application/grpc' }), '1: a1\n2: 3  # sint: -2\n');
  t.equal(await shown(views, Buffer.from('{}'), { 'content-type': 'application/json' }), '{}');
  t.equal(await shown(views, MESSAGE, {}), await shown(new ProtobufViews(undefined), MESSAGE, {}));
});
