import t from 'tap';
import { ContentBlock } from '../../src/terminal/content-block.js';

function laidOut(pieces: string[], maxLines?: number, notes: string[] = []): { text: string; cut: boolean } {
  let text = '';
  const block = new ContentBlock((part) => {
    text += part;
  }, maxLines);
  for (const piece of pieces) if (!block.write(piece)) break;
  block.end();
  for (const note of notes) block.note(note);
  return { text, cut: block.cut };
}

t.test('lines', async (t) => {
  const table: [content: string, text: string][] = [
    ['', ''],
    ['one', '\n    one\n'],
    ['one\ntwo\n', '\n    one\n    two\n'],
    ['one\r\ntwo\r\n', '\n    one\n    two\n'],
    ['\n \r\n\none\n\n\n  two\n\n \n', '\n    one\n    \n    \n      two\n'],
    [' \n\t\n', ''],
    ['a\rb\x1b[m\tc\x9b\n', '\n    a.b.[m\tc.\n'],
  ];
  for (const [content, text] of table) {
    t.same(laidOut([content]), { text, cut: false }, JSON.stringify(content));
    t.same(laidOut([...content]), { text, cut: false }, `${JSON.stringify(content)} by characters`);
  }
});

t.test('no more lines than allowed', async (t) => {
  const table: [content: string, maxLines: number, text: string, cut: boolean][] = [
    ['1\n2\n3\n', 3, '\n    1\n    2\n    3\n', false],
    ['1\n2\n3\n\n\n', 3, '\n    1\n    2\n    3\n', false],
    ['1\n2\n3\n4\n', 3, '\n    1\n    2\n    3\n', true],
    ['1\n2\n3\n4', 3, '\n    1\n    2\n    3\n', true],
    ['1\n\n\n4', 3, '\n    1\n    \n    \n', true],
    ['1\n\n\n\n\n6', 3, '\n    1\n    \n    \n', true],
    ['\n\n1', 1, '\n    1\n', false],
  ];
  for (const [content, maxLines, text, cut] of table) {
    t.same(laidOut([content], maxLines), { text, cut }, JSON.stringify(content));
    t.same(laidOut([...content], maxLines), { text, cut }, `${JSON.stringify(content)} by characters`);
  }
});

t.test('a long line counts as several', async (t) => {
  const long = 'x'.repeat(3000);
  t.same(laidOut([`${long}\nend`], 4), { text: `\n    ${long}\n    end\n`, cut: false });
  t.same(laidOut([`${long}\nend`], 3), { text: `\n    ${long}\n`, cut: true });
  t.same(laidOut([long, long], 3), { text: `\n    ${'x'.repeat(3072)}\n`, cut: true });
  t.same(laidOut(['a\n', long], 2), { text: `\n    a\n    ${'x'.repeat(1024)}\n`, cut: true });
  t.same(laidOut([`${'x'.repeat(1024)}\n\n`], 1), { text: `\n    ${'x'.repeat(1024)}\n`, cut: false });
  t.same(
    laidOut([`${'x'.repeat(1023)}😀`], 1),
    { text: `\n    ${'x'.repeat(1023)}\n`, cut: true },
    'no half characters',
  );
  t.same(laidOut([`${'x'.repeat(2000)}\r`, '\nend']), { text: `\n    ${'x'.repeat(2000)}\n    end\n`, cut: false });
  t.same(laidOut([`${'x'.repeat(2000)}\r`, 'y']), { text: `\n    ${'x'.repeat(2000)}.y\n`, cut: false });
});

t.test('a long line goes out before it has ended', async (t) => {
  let size = 0;
  const block = new ContentBlock((part) => {
    size += part.length;
  });
  for (let at = 1; at <= 10; at++) {
    block.write('x'.repeat(10_000));
    t.ok(size >= at * 10_000);
  }
});

t.test('many empty lines are not held back', async (t) => {
  t.same(laidOut(['a', '\n'.repeat(1002)]), { text: `\n    a\n${'    \n'.repeat(1000)}`, cut: false });
  t.same(laidOut(['a', '\n'.repeat(5000)], 500), { text: `\n    a\n${'    \n'.repeat(499)}`, cut: true });
});

t.test('notes', async (t) => {
  t.equal(laidOut(['one'], 1, ['(note)', '(another)']).text, '\n    one\n    (note)\n    (another)\n');
  t.equal(laidOut([], 1, ['(note)']).text, '\n    (note)\n');
});

t.test('a last line without its newline is cut too', async (t) => {
  t.same(laidOut(['1\n2'], 1, ['(cut off)']), { text: '\n    1\n    (cut off)\n', cut: true });
});
