import t from 'tap';
import { ObjectSearch } from '../../../src/redact/text/object-search.js';

/** The objects around each `x`, in order. */
function found(text: string, reach = 100): string[] {
  const search = new ObjectSearch(reach);
  return [...text.matchAll(/x/g)].map(({ index }) => {
    search.find(text, index);
    return text.slice(search.start, search.end);
  });
}

t.test('the object around an offset', async (t) => {
  const cases: [text: string, objects: string[]][] = [
    ['{x}', ['{x']],
    ['{a}{bx}{c}', ['{bx']],
    ['{a{x}b}', ['{x']],
    ['{a{x}bxc}', ['{x', '{a{x}bxc']],
    ['{x{b}x}x', ['{x{b}x', '{x{b}x', '{x{b}x}x']],
    ['x', ['x']],
    ['}x}x', ['}x', 'x}x']],
    ['}x}{x}x{', ['}x', '{x', 'x}{x}x{']],
  ];
  for (const [text, objects] of cases) t.same(found(text), objects, text);
});

t.test('objects that are larger than the reach are cut', async (t) => {
  t.same(found(`{${'a'.repeat(9)}x${'b'.repeat(9)}}`, 5), ['aaaaaxbbbb']);
});

t.test('unbalanced braces are searched once', async (t) => {
  for (const unit of ['x}', 'x{', '{x', 'x}{x}', '{x}x', 'x']) {
    const text = unit.repeat(5000);
    let steps = 0;
    const counted = {
      length: text.length,
      charCodeAt: (at: number) => {
        steps++;
        return text.charCodeAt(at);
      },
    };
    const search = new ObjectSearch(1000);
    for (const { index } of text.matchAll(/x/g)) search.find(counted as string, index);
    t.ok(steps < 4 * text.length, `${unit}: ${steps} steps for ${text.length} characters`);
  }
});
