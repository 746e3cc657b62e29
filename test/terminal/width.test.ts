import t from 'tap';
import { displayWidth, fitWidth } from '../../src/terminal/width.js';

t.test('columns', async (t) => {
  const table: [text: string, width: number][] = [
    ['', 0],
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['漢字', 4],
    ['ｱ', 1],
    ['Ａ', 2],
    ['한국', 4],
    ['😀', 2],
    ['a\u200db', 2],
  ];
  for (const [text, width] of table) t.equal(displayWidth(text), width, JSON.stringify(text));
});

t.test('text that does not fit is cut', async (t) => {
  const table: [text: string, columns: number, shown: string][] = [
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['漢字', 4, '漢字'],
    ['漢字漢', 5, '漢字…'],
    ['漢字漢', 4, '漢…'],
    ['😀😀', 3, '😀…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ];
  for (const [text, columns, shown] of table) t.equal(fitWidth(text, columns), shown, JSON.stringify([text, columns]));
});
