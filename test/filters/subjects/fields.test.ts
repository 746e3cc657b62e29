import t from 'tap';
import { firstField, someField } from '../../../src/filters/subjects/fields.js';
import { Headers } from '../../../src/flow/index.js';

/** Blocks, a name, and the values. */
const CASES: [block: string, name: string, values: string[]][] = [
  ['', 'a', []],
  ['A: 1\r\n', 'a', ['1']],
  ['a: 1\r\nB: 2\r\nA:3\r\n', 'a', ['1', '3']],
  ['a:1\r\nb:2\r\n', 'b', ['2']],
  ['a \t: \t1 \t\r\n', 'a', ['1']],
  ['a:\r\n', 'a', ['']],
  ['a: b: c\r\n', 'a', ['b: c']],
  ['ab: 1\r\n', 'a', []],
  ['xa: 1\r\n', 'a', []],
  ['x: a: 1\r\n', 'a', []],
  ['a: 1\r\n 2\r\n\t3\r\nb: 4\r\n', 'a', ['1\r\n 2\r\n\t3']],
  ['x: 1\r\n a: 2\r\n', 'a', []],
  ['a: 1', 'a', ['1']],
  [':path: /\r\n', ':path', ['/']],
  ['a: \xa0x\xff\r\n', 'a', ['\xa0x\xff']],
];

for (const [block, name, expected] of CASES) {
  const headers = new Headers(Buffer.from(block, 'latin1'));
  const values: string[] = [];
  someField(headers, name, (bytes, from, to) => values.push(bytes.toString('latin1', from, to)) === 0);
  t.same(values, expected, JSON.stringify(block));
  t.same(headers.getAll(name), expected, `Headers agrees: ${JSON.stringify(block)}`);
  t.equal(firstField(headers, name), expected[0]);
}

t.ok(someField(new Headers(Buffer.from('a: 1\r\na: 2\r\n')), 'a', (bytes, from) => bytes[from] === 0x31));
