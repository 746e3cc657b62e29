import t from 'tap';
import { mendLines } from '../../../../src/engine/http1/head/mend-lines.js';

const CASES: [block: string, mended: string][] = [
  ['', ''],
  ['A: 1\r\n', 'A: 1\r\n'],
  ['A: 1\nB: 2\r\nC: 3\n', 'A: 1\r\nB: 2\r\nC: 3\r\n'],
  ['A: 1\r\n 2\r\n', 'A: 1 2\r\n'],
  ['A: 1 \t\r\n\t  2\r\n', 'A: 1 2\r\n'],
  ['A: 1\n 2\n', 'A: 1 2\r\n'],
  ['A:\r\n 1\r\n', 'A: 1\r\n'],
  ['A: 1\r\n \r\n\t\r\n 2\r\nB: 3\r\n', 'A: 1 2\r\nB: 3\r\n'],
  ['A: 1\r\n \r\nB: 2\r\n', 'A: 1 \r\nB: 2\r\n'],
  ['A: 1\r2\rB: 3\r\n', 'A: 1\r2\rB: 3\r\n'],
  ['A: 1\r\r\n 2\r\n', 'A: 1\r 2\r\n'],
  ['A: \xff\r\n \xe4\r\n', 'A: \xff \xe4\r\n'],
  [' A: 1\r\nB: 2\r\n', 'B: 2\r\n'],
  [' A: 1\r\n\t2\r\n', ''],
];

for (const [block, mended] of CASES)
  t.equal(mendLines(Buffer.from(block, 'latin1')).toString('latin1'), mended, JSON.stringify(block));
