import t from 'tap';
import { alignedPairs } from '../../../src/terminal/views/pairs.js';

t.test('values stand in one column', async (t) => {
  const table: [pairs: [string, string][], text: string][] = [
    [[], ''],
    [[['a', '1']], 'a: 1\n'],
    [
      [
        ['a', '1'],
        ['long', '2'],
      ],
      'a:    1\nlong: 2\n',
    ],
    [[['ab', 'x\ny\n']], 'ab: x\n    y\n    \n'],
    [
      [
        ['a', '1'],
        ['n'.repeat(33), '2'],
      ],
      `a: 1\n${'n'.repeat(33)}: 2\n`,
    ],
  ];
  for (const [pairs, text] of table) t.equal([...alignedPairs(pairs)].join(''), text);
});
