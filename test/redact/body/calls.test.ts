import { gzipSync } from 'node:zlib';
import t from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { rpcOfType } from '../../../src/flow/rpc/call.js';
import { splitMessages } from '../../../src/flow/rpc/messages.js';
import { decodeProtobuf } from '../../../src/protobuf/decode.js';
import { printMessage } from '../../../src/protobuf/print.js';
import { Redactor, redactFlow } from '../../../src/redact/index.js';
import { field, frame, group } from '../../protobuf/wire-bytes.js';
import { httpFlow } from '../../terminal/sample-flows.js';

const redactor = new Redactor({ key: Buffer.from('0123456789abcdef') });
const SECRET = `ghp_${'a1B2c3D4e5'.repeat(4).slice(0, 36)}`;
const PLACEHOLDER = redactor.replace(SECRET, '');
const GRPC = 'application/grpc';

/** With the secret in a text, in a nested message and in a group, beside other fields. */
const message = (secret: string): Buffer =>
  Buffer.concat([
    field(1, 'before'),
    field(2, Buffer.concat([field(1, `token ${secret}.`), field(2, 7)])),
    field(3, secret),
    group(4, field(1, secret)),
    field(5, 300),
  ]);

async function redacted(body: Buffer, headers: Record<string, string>) {
  const flow = httpFlow({ method: 'POST', headers, body }, {});
  const { request, metadata } = (await redactFlow(redactor, flow)).flow as HttpFlow;
  return { body: request.body.kept ? await request.body.bytes() : undefined, metadata };
}

const contents = (body: Buffer, type: string) =>
  Array.from(splitMessages(body, rpcOfType(type)!, 'gzip'), ({ content }) => content);

t.test('secrets in messages, whose lengths stay right', async (t) => {
  const clean = message('nothing');
  const table: [type: string, body: Buffer, messages: Buffer[], headers?: Record<string, string>][] = [
    [GRPC, frame(message(SECRET)), [message(PLACEHOLDER)]],
    [
      GRPC,
      Buffer.concat([frame(clean), frame(message(SECRET)), frame('')]),
      [clean, message(PLACEHOLDER), Buffer.alloc(0)],
    ],
    [GRPC, frame(gzipSync(message(SECRET)), 1), [message(PLACEHOLDER)], { 'grpc-encoding': 'gzip' }],
    ['application/connect+proto', frame(message(SECRET)), [message(PLACEHOLDER)]],
    ['application/connect+json', frame(`{"t":"${SECRET}"}`), [Buffer.from(`{"t":"${PLACEHOLDER}"}`)]],
    ['application/grpc-web-text', Buffer.from(frame(message(SECRET)).toString('base64')), [message(PLACEHOLDER)]],
    ['application/grpc-web', frame(`x: ${SECRET}\r\n`, 0x80), [Buffer.from(`x: ${PLACEHOLDER}\r\n`)]],
    [GRPC, Buffer.concat([frame(message(SECRET)), Buffer.from([0, 0])]), [message(PLACEHOLDER), Buffer.from([0, 0])]],
  ];
  for (const [type, body, messages, headers] of table) {
    const found = await redacted(body, { 'content-type': type, ...headers });
    t.same(contents(found.body!, type), messages, type);
  }
  const bare = await redacted(message(SECRET), { 'content-type': 'application/x-protobuf' });
  t.same(bare.body, message(PLACEHOLDER));
  t.notMatch([...printMessage(decodeProtobuf(bare.body!))].join(''), SECRET);
});

t.test('messages without secrets stay as they are', async (t) => {
  for (const body of [
    frame(message('nothing')),
    frame(gzipSync(message('nothing')), 1),
    Buffer.from([0, 0, 0]),
    frame('\xff'),
  ]) {
    const found = await redacted(body, { 'content-type': GRPC, 'grpc-encoding': 'gzip' });
    t.same(found.body, body);
    t.notOk(found.metadata.redacted);
  }
});

t.test('messages that cannot be searched are left out', async (t) => {
  for (const [body, encoding] of [
    [frame('no gzip', 1), 'gzip'],
    [frame('?', 1), 'snappy'],
    [frame(gzipSync(message(SECRET)).subarray(0, -9), 1, 500), 'gzip'],
  ] as const) {
    const found = await redacted(body, { 'content-type': GRPC, 'grpc-encoding': encoding });
    t.equal(found.body, undefined, encoding);
  }
});

t.test('bytes after compressed messages cannot be searched', async (t) => {
  const body = frame(Buffer.concat([gzipSync(message('nothing')), Buffer.from(`token=${SECRET}`)]), 1);
  const result = await redacted(body, { 'content-type': GRPC, 'grpc-encoding': 'gzip' });
  t.equal(result.body, undefined);
  t.match(result.metadata.redacted, { dropped: { 'request.body': 'a message: bytes after its gzip content' } });
});
