import t from 'tap';
import { decodeMetadata, encodeMetadata } from '../../../src/serialize/json/metadata.js';
import { JsonError } from '../../../src/serialize/json/text/json-error.js';

function roundTrip(facts: Record<string, unknown>): Record<string, unknown> {
  return decodeMetadata(JSON.parse(JSON.stringify(encodeMetadata(facts))));
}

const FACTS: Record<string, unknown>[] = [
  { text: 'a', number: 1.5, yes: true, none: null, list: [1, [2, { a: 'b' }]] },
  { bytes: Buffer.from([0, 255]), empty: Buffer.alloc(0) },
  { date: new Date(5000), big: 2n ** 70n, negative: -(2n ** 70n) },
  { nan: Number.NaN, infinite: Number.NEGATIVE_INFINITY, zero: -0 },
  { looks: { $base64: 'AA==' }, likewise: { $object: { $date: 1 } }, other: { $x: 1 }, two: { $a: 1, $b: 2 } },
  JSON.parse('{"__proto__":{"a":1},"constructor":"x"}'),
];
for (const facts of FACTS) t.strictSame(roundTrip(facts), facts);

t.test('values that cannot be represented are left out', async (t) => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  t.strictSame(roundTrip({ a: 1, circle, f: () => {}, s: Symbol('s'), deep: { f: () => {} }, none: undefined }), {
    a: 1,
    none: null,
  });
});

t.test('invalid forms are rejected', async (t) => {
  for (const text of ['{"a":{"$bigint":"x"}}', '{"a":{"$base64":"?"}}', `{"a":${'['.repeat(400)}${']'.repeat(400)}}`]) {
    t.throws(() => decodeMetadata(JSON.parse(text)), JsonError);
  }
});
