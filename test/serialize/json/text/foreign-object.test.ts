import t from 'tap';
import { firstKeys } from '../../../../src/serialize/json/text/foreign-object.js';
import { pathsOf, readAll } from '../../flows.js';

t.test('the keys at the beginning', async (t) => {
  const cases: [text: string, keys: string[]][] = [
    ['', []],
    ['{', []],
    [' {"a" : 1, "b":{"c":[{"d":"e"}]},\n"f\\"":"g"}{"h":1}', ['a', 'b', 'f"']],
    ['{"a":"b","c', ['a']],
    ['{"a":"b\n"', ['a']],
    ['[{"a":1}]', []],
    ['text', []],
    ['{"a":1]', ['a']],
  ];
  for (const [text, keys] of cases) t.same(firstKeys(Buffer.from(text)), keys, text);
});

t.test('a JSON object that is neither a flow nor a HAR', async (t) => {
  const cases: [value: unknown, message: RegExp][] = [
    [{ info: {}, item: [] }, /looks like a Postman collection; tsdump reads its own flow files/],
    [{ openapi: '3.1.0', paths: {} }, /looks like an OpenAPI description;/],
    [{ constants: {}, events: [] }, /looks like a chrome:\/\/net-export log;/],
    [{ version: '1.2', entries: [] }, /looks like the log of a HAR without/],
    [{ startedDateTime: '', request: {}, response: {} }, /looks like a HAR entry/],
    [{ a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 }, /looks like a JSON object with the keys "a", "b", "c", "d", "e", …;/],
    [{}, /type is missing/],
    [{ type: 'smtp', a: 1 }, /type is not/],
  ];
  for (const [value, message] of cases) {
    for (const text of [
      JSON.stringify(value),
      JSON.stringify(value, undefined, 2),
      `\ufeff${JSON.stringify(value)}\n`,
    ]) {
      const { flows, damage } = await readAll([Buffer.from(text)]);
      t.same([flows.length, damage.length], [0, 1], text);
      t.match(damage[0]!.message, message);
    }
  }
});

t.test('a HAR with other members before the log', async (t) => {
  const entry = {
    startedDateTime: '2024-05-31T12:00:00Z',
    request: { method: 'GET', url: 'https://a/1', headers: [] },
  };
  for (const before of [{ comment: 'x'.repeat(100) }, { $schema: 'y', meta: { entries: [{ type: 1 }] } }]) {
    const { flows, damage } = await readAll([Buffer.from(JSON.stringify({ ...before, log: { entries: [entry] } }))]);
    t.same([pathsOf(flows), damage], [['/1'], []]);
  }
});
