import t from 'tap';
import { readTime } from '../../../src/filters/arguments/time.js';
import { ExpressionCursor } from '../../../src/filters/cursor.js';
import { FilterError } from '../../../src/filters/index.js';

const NOW = Date.UTC(2024, 4, 31, 12) / 1000;
const utc = (...parts: [number, number, number, number?, number?, number?]): number => Date.UTC(...parts) / 1000;
const local = (...parts: [number, number, number, number?, number?, number?]): number =>
  new Date(parts[0], parts[1], parts[2], parts[3] ?? 0, parts[4] ?? 0, parts[5] ?? 0).getTime() / 1000;
const today = (hours: number, minutes: number, seconds: number): number =>
  new Date(NOW * 1000).setHours(hours, minutes, seconds, 0) / 1000;

const CASES: [text: string, seconds: number][] = [
  ['2024-05-01', local(2024, 4, 1)],
  ['2024-02-29T23:59', local(2024, 1, 29, 23, 59)],
  ['2024-05-01T12:30:05', local(2024, 4, 1, 12, 30, 5)],
  ['"2024-05-01 12:30"', local(2024, 4, 1, 12, 30)],
  ['2024-05-01T12:30Z', utc(2024, 4, 1, 12, 30)],
  ['2024-05-01t12:30:05.25z', utc(2024, 4, 1, 12, 30, 5) + 0.25],
  ['2024-05-01T12:30+02:00', utc(2024, 4, 1, 10, 30)],
  ['2024-05-01T12:30-0530', utc(2024, 4, 1, 18, 0)],
  ['12:30', today(12, 30, 0)],
  ['7:05:09', today(7, 5, 9)],
  ['90s', NOW - 90],
  ['15m', NOW - 900],
  ['-1.5h', NOW - 5400],
  ['2d', NOW - 172_800],
  ['1717156800', NOW],
  ['1717156800.5', NOW + 0.5],
  ['1h&~q', NOW - 3600],
  ['1h|~q', NOW - 3600],
];

for (const [text, seconds] of CASES) t.equal(readTime(new ExpressionCursor(text), NOW), seconds, text);

// biome-ignore format: a table
const BAD = [
  '', ' ', 'x', '2024', '2024-13-01', '2024-02-30', '2023-02-29', '2024-05-01T24:00', '2024-05-01T12:60', '24:00', '12:60',
  '5', '5x', '2024-05-01T12', '2024-05-01T12:00+2', '""', '2024/05/01',
];
for (const text of BAD) t.throws(() => readTime(new ExpressionCursor(text), NOW), FilterError, JSON.stringify(text));
