import t from 'tap';
import { type AlignedCell, alignColumns } from '../../../src/addons/statistics/align-columns.js';

const same = (text: string): string => text;
const loud = (text: string): string => `<${text}>`;
const row = (...texts: string[]): AlignedCell[] => texts.map((text) => ({ text }));

t.equal(
  alignColumns([{ title: 'name' }, { title: 'n', right: true }], [row('a', '1'), row('longer', '1000')], same),
  'name       n\na          1\nlonger  1000\n',
);
t.equal(
  alignColumns([{ title: 'n', right: true }, { title: 'url' }], [row('1', 'x'), row('22', 'yy')], loud),
  `${'<n>'.padStart(4)}  <url>\n 1  x\n22  yy\n`,
);
t.equal(
  alignColumns(
    [{ title: 'a' }, { title: 'b' }],
    [
      [
        { text: 'x', style: loud },
        { text: 'y', style: loud },
      ],
    ],
    same,
  ),
  'a  b\n<x>  <y>\n',
  'styles take no room',
);
const long = 'u'.repeat(100);
t.equal(alignColumns([{ title: 'a' }, { title: 'b' }], [row('x', long)], same, 80), `a  b\nx  ${'u'.repeat(76)}…\n`);
t.equal(alignColumns([{ title: 'a' }, { title: 'b' }], [row('x', long)], same), `a  b\nx  ${long}\n`);
t.equal(alignColumns([{ title: 'a' }, { title: 'b' }], [row('x', long)], same, 3), `a  b\nx  ${'u'.repeat(39)}…\n`);
