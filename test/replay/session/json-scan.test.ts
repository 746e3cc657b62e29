import t from 'tap';
import { jsonPath } from '../../../src/replay/session/json-places.js';
import { readScalar, scanJson } from '../../../src/replay/session/json-scan.js';
import { Random } from '../../support/random.js';

/** The strings and numbers that are found, with their paths. */
function scan(text: string): [path: string, value: string][] {
  const bytes = Buffer.from(text).toString('latin1');
  const found: [string, string][] = [];
  scanJson(bytes, (start, end, levels) => found.push([jsonPath(levels), readScalar(bytes, start, end)]));
  return found;
}

/** The same from a value. */
function walk(value: unknown, path = '$'): [path: string, value: string][] {
  if (typeof value === 'string' || typeof value === 'number') return [[path, String(value)]];
  if (Array.isArray(value)) return value.flatMap((item, at) => walk(item, `${path}[${at}]`));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, member]) => walk(member, `${path}.${name}`));
}

t.test('strings and numbers with their paths', async (t) => {
  t.same(scan('{"a":[1,{"b c":"x"},true,null,[]],"d":{},"e":-1.5e3}'), [
    ['$.a[0]', '1'],
    ["$.a[1]['b c']", 'x'],
    ['$.e', '-1.5e3'],
  ]);
  t.same(scan(' "a" '), [['$', 'a']]);
  t.same(scan('{"a":1}\n{"a":2}'), [
    ['$.a', '1'],
    ['$.a of text 2', '2'],
  ]);
  t.same(scan('\ufeff["ä\\u20ac\\n"]'), [['$[0]', 'ä€\n']]);
  t.same(scan('{"a":12345678901234567890}'), [['$.a', '12345678901234567890']]);
});

t.test('what is no JSON', async (t) => {
  for (const text of [
    '',
    ' ',
    '{',
    '[1',
    '[1,]',
    '{"a"}',
    '{"a":}',
    '{a:1}',
    '[01]',
    '[1.]',
    '[+1]',
    '"a',
    '"\\',
    '[]]',
    '{]',
    '[}',
    'nul',
    '1 x',
    '{"a":1,}',
    '[,1]',
    "['a']",
  ]) {
    t.throws(() => scan(text), SyntaxError, text);
  }
});

t.test('the same as by parsing', async (t) => {
  const random = new Random(5);
  const make = (depth: number): unknown => {
    switch (random.below(depth > 5 ? 4 : 6)) {
      case 0:
        return random.below(1000) / 8;
      case 1:
        return String.fromCharCode(
          ...Array.from({ length: random.below(6) }, () => random.pick([34, 92, 97, 228, 8364, 10])),
        );
      case 2:
        return random.pick([true, false, null]);
      case 3:
        return random.below(1e9);
      case 4:
        return Array.from({ length: random.below(5) }, () => make(depth + 1));
      default:
        return Object.fromEntries(Array.from({ length: random.below(5) }, (_, at) => [`n${at}`, make(depth + 1)]));
    }
  };
  for (let round = 0; round < 500; round++) {
    const value = make(0);
    const text = JSON.stringify(value, undefined, random.pick([undefined, 2, '\t']));
    t.same(scan(text), walk(value), text);
  }
});

t.test('values that are too deep or below too long names are left out', async (t) => {
  const deep = `${'['.repeat(70)}1${']'.repeat(70)}`;
  t.same(scan(`[${deep},2]`), [['$[1]', '2']]);
  t.same(scan(`{"${'n'.repeat(300)}":{"a":1,"b":[2]},"c":3}`), [['$.c', '3']]);
  t.same(scan(`[{"${'n'.repeat(300)}":1},{"a":2}]`), [['$[1].a', '2']]);
});
