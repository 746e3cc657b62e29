import t from 'tap';
import { escapedBytes, safeContentLine, safeText, safeWireText } from '../../src/terminal/safe-text.js';

t.test('no control character gets through', async (t) => {
  let everything = '';
  for (let code = 0; code < 0x3000; code++) everything += String.fromCharCode(code);
  const dangerous = /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
  t.notMatch(safeText(everything), dangerous);
  t.notMatch(safeWireText(everything), dangerous);
  t.notMatch(safeWireText(Buffer.from(everything).toString('latin1')), dangerous);
  t.notMatch(safeContentLine(everything).replace('\t', ''), dangerous);
  t.match(escapedBytes(everything), /^[\x20-\x7e]*$/);
});

t.test('text', async (t) => {
  const table: [input: string, output: string][] = [
    ['plain é ☃ 😀', 'plain é ☃ 😀'],
    ['a\x1b[2Jb\r\nc\td', 'a.[2Jb..c.d'],
    ['\x9b31m', '.31m'],
    ['abc\u202egpj.exe', 'abc.gpj.exe'],
  ];
  for (const [input, output] of table) t.equal(safeText(input), output, JSON.stringify(input));
  t.equal(safeContentLine('a\tb\x1b[m\r'), 'a\tb.[m.');
});

t.test('text of a head', async (t) => {
  const table: [input: string, output: string][] = [
    ['/path?q=1', '/path?q=1'],
    ['/\xc3\xa9', '/é'],
    ['R\xe9ussi', 'Réussi'],
    ['/\xe2\x98\x83\x1b', '/☃.'],
    ['\x9b31m', '.31m'],
    ['set by an addon: ☃', 'set by an addon: ☃'],
  ];
  for (const [input, output] of table) t.equal(safeWireText(input), output, JSON.stringify(input));
});

t.test('bytes of a field line', async (t) => {
  const table: [input: string, output: string][] = [
    ['text/html; q="1"', 'text/html; q="1"'],
    ['a\\b', 'a\\\\b'],
    ['one\r\n\ttwo', 'one\\r\\n\\ttwo'],
    ['\x1b[2J\x7f\xe9\0', '\\x1b[2J\\x7f\\xe9\\x00'],
    ['☃', '\\u2603'],
  ];
  for (const [input, output] of table) t.equal(escapedBytes(input), output, JSON.stringify(input));
});
