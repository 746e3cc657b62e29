import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { compileFilter } from '../../../src/filters/index.js';
import { loadBodies } from '../../../src/flow/filter.js';
import { loadDefinitions } from '../../../src/protobuf/definitions/load-definitions.js';
import { field, frame } from '../../protobuf/wire-bytes.js';
import { httpFlow } from '../../terminal/sample-flows.js';

const FIXTURES = fileURLToPath(new URL('../../../../fixtures/protobuf', import.meta.url));
const REQUEST = Buffer.concat([field(1, 'a1'), field(2, 3)]);
const RESPONSE = Buffer.concat([field(1, 'a1'), field(2, field(1, 'sku-1'))]);

async function matches(expression: string, type: string, request: Buffer, response: Buffer, isNamed = true) {
  const headers = { 'content-type': type, 'grpc-encoding': 'gzip' };
  const flow = httpFlow(
    { method: 'POST', path: '/shop.Orders/Get', headers, body: request },
    { headers, body: response },
  );
  await loadBodies(flow, 1 << 20);
  const definitions = isNamed ? await loadDefinitions([FIXTURES]) : undefined;
  return compileFilter(expression, { definitions }).evaluate(flow, 'end') === 'yes';
}

t.test('~json on messages of calls', async (t) => {
  const two = Buffer.concat([frame(REQUEST), frame(gzipSync(field(1, 'b2')), 1)]);
  const table: [expression: string, matches: boolean, isNamed?: boolean][] = [
    ['~jsonq .id = a1', true],
    ['~jsonq .id = b2', true],
    ['~jsonq .count > 2', true],
    ['~jsonq .count > 3', false],
    ['~jsons .id = b2', false],
    ['~jsons ".items[*].sku = sku-1"', true],
    ['~json .nope', false],
    [`~jsonq '$["2"] = 3'`, true, false],
    ['~jsonq .id', false, false],
  ];
  for (const [expression, expected, isNamed] of table) {
    const found = await matches(expression, 'application/grpc', two, frame(RESPONSE), isNamed);
    t.equal(found, expected, expression);
  }
  t.ok(await matches('~jsonq .id = a1', 'application/proto', REQUEST, RESPONSE));
  t.ok(await matches('~jsonq .id = a1', 'application/x-protobuf', REQUEST, RESPONSE));
  t.ok(await matches('~jsonq .a = 1', 'application/grpc+json', frame('{"a":1}'), frame('{}')));
  const base64 = (bytes: Buffer) => Buffer.from(bytes.toString('base64'));
  t.ok(await matches('~jsonq .id = a1', 'application/grpc-web-text', base64(frame(REQUEST)), base64(frame(RESPONSE))));
  t.notOk(await matches('~json .id', 'application/grpc', Buffer.from('<html>'), Buffer.from('\xff')));
});
