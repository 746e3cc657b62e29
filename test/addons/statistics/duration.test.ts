import t from 'tap';
import { formatDuration } from '../../../src/addons/statistics/table.js';

const CASES: [seconds: number, text: string][] = [
  [0, '0 µs'],
  [0.000_000_4, '0 µs'],
  [0.000_87, '870 µs'],
  [0.000_999_4, '999 µs'],
  [0.000_999_6, '1.00 ms'],
  [0.001_25, '1.25 ms'],
  [0.009_994, '9.99 ms'],
  [0.009_996, '10.0 ms'],
  [0.0123, '12.3 ms'],
  [0.123, '123 ms'],
  [0.999_4, '999 ms'],
  [0.999_6, '1.00 s'],
  [12.34, '12.3 s'],
  [59.94, '59.9 s'],
  [59.96, '1 min 0 s'],
  [125, '2 min 5 s'],
  [3599.4, '59 min 59 s'],
  [3599.6, '1 h 0 min'],
  [3 * 3600 + 90, '3 h 2 min'],
  [86_399, '1 d 0 h'],
  [2 * 86_400 + 4 * 3600, '2 d 4 h'],
];
for (const [seconds, text] of CASES) t.equal(formatDuration(seconds), text, String(seconds));
