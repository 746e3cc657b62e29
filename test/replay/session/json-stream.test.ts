import t from 'tap';
import { jsonPath } from '../../../src/replay/session/json-places.js';
import { readScalar, scanJson } from '../../../src/replay/session/json-scan.js';
import { JsonStream } from '../../../src/replay/session/json-stream.js';

type Found = [path: string, value: string][];

function scan(bytes: string): Found {
  const found: Found = [];
  scanJson(bytes, (start, end, levels) => found.push([jsonPath(levels), readScalar(bytes, start, end)]));
  return found;
}

function stream(bytes: string, size: number): Found {
  const found: Found = [];
  const json = new JsonStream((value, _isString, levels) => found.push([jsonPath(levels), value]));
  for (let at = 0; at < bytes.length; at += size) json.push(bytes.slice(at, at + size));
  json.end();
  return found;
}

t.test('values are found as in a text in memory, whatever its pieces', async (t) => {
  const deep = `${'['.repeat(100)}"deep"${']'.repeat(100)}`;
  for (const text of [
    '{"a":[1,{"b c":"x"},true,null,[],{}, "y"],"d":{},"e":-1.5e3}',
    ' "a" ',
    '12',
    '{"a":1}\n{"a":2}\n[3, 4]\n',
    '\ufeff["ä\\u20ac\\n", "\\\\", "\\"", "a\\\\\\"b"]',
    '{"a":12345678901234567890, "b" : "c" , "d":[ [1,2] , [3] ]}',
    `[${deep},"after"]`,
    `{"${'n'.repeat(300)}":{"x":[1]},"y":{"z":2}}`,
    '{"__proto__":{"a":1}}',
  ]) {
    const bytes = Buffer.from(text).toString('latin1');
    // A byte order mark is expected in one piece.
    for (const size of text.startsWith('\ufeff') ? [3, 10] : [1, 2, 3, 7, 1000]) {
      t.same(stream(bytes, size), scan(bytes), `${text.slice(0, 30)} by ${size}`);
    }
  }
});

t.test('strings that are too long are skipped', async (t) => {
  for (const long of [
    'x'.repeat(200_000),
    '\\"'.repeat(100_000),
    `${'x'.repeat(70_000)}\\\\`,
    '\\\\'.repeat(100_000),
  ]) {
    for (const size of [997, 1000, 65_536, 1_000_000]) {
      const found = stream(`{"a":["${long}", "y"],"b":1}`, size).filter(([, value]) => value.length < 1000);
      t.same(
        found.filter(([, value]) => value !== ''),
        [
          ['$.a[1]', 'y'],
          ['$.b', '1'],
        ],
        `${long.slice(0, 4)} by ${size}`,
      );
    }
  }
});

t.test('text that is no JSON ends in time', async (t) => {
  for (const text of [
    ']',
    '}',
    '{"a"',
    '"',
    ':::',
    'a b c',
    '[1 2]',
    '{1:2}',
    '['.repeat(1_000_000),
    ' '.repeat(1_000_000),
  ]) {
    t.doesNotThrow(() => stream(text, 65_536), text.slice(0, 10));
  }
});
