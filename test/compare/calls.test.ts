import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import type { CompareSettings } from '../../src/compare/flow-comparer.js';
import { loadDefinitions } from '../../src/protobuf/definitions/load-definitions.js';
import { field, frame } from '../protobuf/wire-bytes.js';
import { type ComparedFlow, compare, lines } from './compared-flows.js';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/protobuf', import.meta.url));
const GRPC = 'application/grpc';

const order = (id: string, sku = 'a') => Buffer.concat([field(1, id), field(2, field(1, sku))]);

function call(body: Buffer, { type = GRPC, status = '0', headers = [] as string[] } = {}): ComparedFlow {
  return {
    method: 'POST',
    path: '/shop.Orders/Get',
    requestHeaders: [`content-type: ${type}`],
    headers: [`content-type: ${type}`, ...headers],
    trailers: [`grpc-status: ${status}`],
    body,
  };
}

const both = (...contents: Buffer[]) => Buffer.concat(contents.map((content) => frame(content)));

t.test('messages and status', async (t) => {
  const definitions = await loadDefinitions([FIXTURES]);
  const table: [was: ComparedFlow, now: ComparedFlow, rules: string[], expected: string[], settings?: object][] = [
    [call(frame(order('1'))), call(frame(order('1'))), [], []],
    [call(frame(order('1'))), call(frame(order('2'))), [], ['$.id: "1" → "2"']],
    [call(frame(order('1', 'a'))), call(frame(order('1', 'b'))), [], ['$.items[0].sku: "a" → "b"']],
    [call(frame(order('1', 'a'))), call(frame(order('1', 'b'))), ['$.items[*].sku'], []],
    [call(frame(order('1', 'a'))), call(frame(order('1', 'b'))), ['body'], []],
    // By number.
    [call(frame(order('1'))), call(frame(order('2'))), [], [`$['1']: "1" → "2"`], {}],
    // The order of fields, and how a message is compressed, are no differences.
    [call(frame(order('1'))), call(frame(Buffer.concat([field(2, field(1, 'a')), field(1, '1')]))), [], []],
    [
      call(frame(order('1'))),
      call(frame(gzipSync(order('1')), 1), { headers: ['grpc-encoding: gzip'] }),
      ['header:grpc-encoding'],
      [],
    ],
    // Streams.
    [call(both(order('1'), order('2'))), call(both(order('1'), order('3'))), [], ['message 2 $.id: "2" → "3"']],
    [call(both(order('1'), order('2'))), call(both(order('1'))), [], ['message 2: 8 bytes → missing']],
    // What is no message.
    [call(frame('\xff\xff')), call(frame('\xff\xfe')), [], ['body: 4 bytes, SHA-256']],
    // Status.
    [call(Buffer.alloc(0)), call(Buffer.alloc(0), { status: '5' }), [], ['grpc-status: 0 OK → 5 NOT_FOUND']],
    [
      call(Buffer.alloc(0)),
      call(Buffer.alloc(0), { status: '5' }),
      ['header:grpc-status'],
      ['grpc-status: 0 OK → 5 NOT_FOUND'],
    ],
    // An error without content has its status and message in the headers.
    [
      { ...call(frame(order('1'))), trailers: ['grpc-status: 0', 'grpc-message: '] },
      {
        ...call(Buffer.alloc(0), { headers: ['grpc-status: 5', 'grpc-message: no order'] }),
        trailers: undefined,
      },
      [],
      ['grpc-status: 0 OK → 5 NOT_FOUND', 'grpc-message: missing → no order', 'message 1: 8 bytes → missing'],
    ],
    [
      { ...call(Buffer.alloc(0)), trailers: ['grpc-status: 5', 'grpc-message: a'] },
      { ...call(Buffer.alloc(0)), headers: ['grpc-status: 5', 'grpc-message: a'], trailers: undefined },
      ['header:content-type'],
      [],
    ],
    [
      { ...call(Buffer.alloc(0)), trailers: ['grpc-status: 5', 'grpc-message: a'] },
      { ...call(Buffer.alloc(0)), trailers: ['grpc-status: 5', 'grpc-message: b'] },
      ['header:grpc-message'],
      [],
    ],
    [call(Buffer.alloc(0)), call(Buffer.alloc(0), { headers: ['grpc-accept-encoding: gzip'] }), [], []],
    // Bare messages.
    [
      call(order('1'), { type: 'application/proto' }),
      call(order('2'), { type: 'application/proto' }),
      [],
      ['$.id: "1" → "2"'],
    ],
    [
      call(order('1'), { type: 'application/x-protobuf' }),
      call(order('2'), { type: 'application/x-protobuf' }),
      [],
      ['$.id: "1" → "2"'],
    ],
    [
      call(frame('{"a":1}'), { type: 'application/grpc+json' }),
      call(frame('{"a":2}'), { type: 'application/grpc+json' }),
      [],
      ['$.a: 1 → 2'],
    ],
  ];
  for (const [was, now, rules, expected, settings = { definitions }] of table) {
    const found = lines(await compare(was, now, rules, settings as Partial<CompareSettings>));
    const what = JSON.stringify([String(was.body), String(now.body), rules]);
    t.equal(found.length, expected.length, `${what}: ${found.join()}`);
    for (const [at, line] of expected.entries()) t.ok(found[at]?.startsWith(line), `${what}: ${found[at]}`);
  }
});

t.test('calls beyond the limits are compared by their bytes', async (t) => {
  const headers = ['grpc-encoding: gzip'];
  const gzipped = (last: string) => {
    const messages = ['a', 'b', last].map((sku) => frame(gzipSync(order('1'.repeat(500), sku)), 1));
    return call(Buffer.concat(messages), { headers });
  };
  const short = (last: string) => call(both(...Array(100_000).fill(Buffer.alloc(0)), order(last)));
  for (const [was, now, limit, expected] of [
    [gzipped('c'), gzipped('d'), 2000, 'message 3 '],
    [gzipped('c'), gzipped('d'), 1000, 'body: '],
    [short('1'), short('2'), 1_000_000, 'body: '],
  ] as const) {
    const found = lines(await compare(was, now, [], { limit }));
    t.equal(found.length, 1, found.join());
    t.ok(found[0]?.startsWith(expected), found.join());
  }
});
