import { gzipSync } from 'node:zlib';
import t from 'tap';
import { HttpRequest } from '../../../src/flow/http/http-request.js';
import { rewriteRequest } from '../../../src/replay/session/rewrite/request.js';
import { field, frame } from '../../protobuf/wire-bytes.js';
import { newSettings, replay } from './conversation.js';

const OLD = '31dfd1ab-d9e7-4f69-8b06-cff771986392';
const NEW = 'b81e311f';

/** A message with an id in a nested message. */
const order = (id: string): Buffer =>
  Buffer.concat([field(1, 'ann'), field(3, Buffer.concat([field(1, id), field(2, 7)]))]);

t.test('ids that messages issue are carried over into messages', async (t) => {
  const wire = (body: Buffer, type = 'application/grpc'): string =>
    `Content-Type: ${type}\n\n${body.toString('latin1')}`;
  for (const type of ['application/grpc', 'application/grpc-web+proto', 'application/connect+proto']) {
    const [, get] = await replay([
      {
        request: `POST /shop.Orders/Create\n${wire(frame(field(1, 'ann')), type)}`,
        recorded: wire(Buffer.concat([frame(order('first')), frame(order(OLD))]), type),
        answer: wire(Buffer.concat([frame(order('first')), frame(order(NEW))]), type),
      },
      { request: `POST /shop.Orders/Get\n${wire(frame(field(1, OLD)), type)}` },
    ]);
    t.ok(get!.text.endsWith(frame(field(1, NEW)).toString('latin1')), type);
    t.match(get!.substitutions, { length: 1 }, type);
  }
  const [, bare] = await replay([
    {
      request: `POST /shop.Orders/Create\n${wire(field(1, 'ann'), 'application/proto')}`,
      recorded: wire(order(OLD), 'application/proto'),
      answer: wire(order(NEW), 'application/proto'),
    },
    { request: `POST /shop.Orders/Get\n${wire(field(1, OLD), 'application/x-protobuf')}` },
  ]);
  t.ok(bare!.text.endsWith(field(1, NEW).toString('latin1')));
});

t.test('what is sent', async (t) => {
  const compressed = frame(gzipSync(order(OLD)), 1);
  const other = frame(order('another'));
  const base64 = (body: Buffer): Buffer => Buffer.from(body.toString('base64'));
  const manyFields = Buffer.concat([field(1, OLD), Buffer.alloc(2_000_002, field(2, 1))]);
  const json = (id: string): Buffer => frame(JSON.stringify({ id }));
  const cases: [name: string, type: string, body: Buffer, wanted: Buffer][] = [
    ['compressed', 'application/grpc', Buffer.concat([other, compressed]), Buffer.concat([other, frame(order(NEW))])],
    ['nothing to replace', 'application/grpc', frame(gzipSync(order('x')), 1), frame(gzipSync(order('x')), 1)],
    ['incomplete', 'application/grpc', frame(order(OLD), 0, 500), frame(order(OLD), 0, 500)],
    ['no messages', 'application/grpc', Buffer.from(`text ${OLD}`), Buffer.from(`text ${OLD}`)],
    ['Base64', 'application/grpc-web-text', base64(frame(order(OLD))), base64(frame(order(NEW)))],
    ['JSON', 'application/grpc+json', json(OLD), json(NEW)],
    ['too many fields', 'application/grpc', frame(manyFields), frame(manyFields)],
    ['a text around it', 'application/grpc', frame(field(1, `orders/${OLD}`)), frame(field(1, `orders/${NEW}`))],
  ];
  for (const [name, type, body, wanted] of cases) {
    const request = HttpRequest.make('POST', 'http://a.test/a.B/C', body, {
      'Content-Type': type,
      'Grpc-Encoding': 'gzip',
    });
    await rewriteRequest(request, newSettings(), {
      visit: (value) => (value === OLD ? NEW : undefined),
      changed: () => {},
    });
    t.same(await request.body.bytes(), wanted, name);
  }
});
