import t from 'tap';
import { parseExpectation, parseLatency } from '../../../src/cli/checks/check-syntax.js';

const COUNTS: [text: string, sign: string, count: number, filter: string, at: number][] = [
  ['~c 500', '>=', 1, '~c 500', 0],
  ['  ~c 500 ', '>=', 1, '~c 500', 2],
  ['3: ~c 500', '=', 3, '~c 500', 3],
  ['=3:~c 500', '=', 3, '~c 500', 3],
  ['== 3 : ~c 500', '=', 3, '~c 500', 7],
  [' >= 10 : ~u a:b ', '>=', 10, '~u a:b', 9],
  ['<=0:~all', '<=', 0, '~all', 4],
  ['>0:~all', '>', 0, '~all', 3],
  ['<5:~all', '<', 5, '~all', 3],
  ['0: ~e', '=', 0, '~e', 3],
  // Numbers that are no counts.
  ['404', '>=', 1, '404', 0],
  ['2024/05', '>=', 1, '2024/05', 0],
  ["'3' ~c 500", '>=', 1, "'3' ~c 500", 0],
  ['example.com:80', '>=', 1, 'example.com:80', 0],
];
for (const [text, sign, count, filter, at] of COUNTS) {
  t.strictSame(parseExpectation(text), { bound: { sign, count }, filter, at }, text);
}

const WRONG_COUNTS: [text: string, column: number][] = [
  ['>= ~c 500', 4],
  ['>=', 3],
  ['>=3', 4],
  ['>=3 ~c 500', 4],
  ['=>3: ~c 500', 2],
  ['>=-1: ~all', 3],
  ['3 ~c 500', 3],
  ['3:', 3],
  ['3: ', 3],
  ['>=99999999999999999: ~all', 21],
];
for (const [text, column] of WRONG_COUNTS) {
  t.throws(() => parseExpectation(text), { name: 'ParseError', column }, text);
}

const LATENCIES: [text: string, figure: unknown, sign: string, limit: number, filter: string, at: number][] = [
  ['p95 <300ms: ~d api', { percent: 95 }, '<', 0.3, '~d api', 12],
  ['p99.9<=1.5s:~all', { percent: 99.9 }, '<=', 1.5, '~all', 12],
  ['P50 > 10ms', { percent: 50 }, '>', 0.01, '', 10],
  ['max >= 2S : ~m GET', 'max', '>=', 2, '~m GET', 12],
  ['mean < 1m', 'mean', '<', 60, '', 9],
  [' max<500us ', 'max', '<', 0.0005, '', 11],
];
for (const [text, figure, sign, limit, filter, at] of LATENCIES) {
  const parsed = parseLatency(text);
  t.strictSame(
    { ...parsed, bound: { ...parsed.bound, limit: 0 } },
    { bound: { figure, sign, limit: 0 }, filter, at },
    text,
  );
  t.ok(Math.abs(parsed.bound.limit - limit) < 1e-12, `${text}: limit`);
}

const WRONG_LATENCIES: [text: string, column: number][] = [
  ['', 1],
  ['<300ms', 1],
  ['p95', 4],
  ['p95 300ms', 4],
  ['p95 =300ms', 4],
  ['p0 <1s', 1],
  ['p100 <1s', 1],
  ['p99.9999 <1s', 1],
  ['average <1s', 1],
  ['p95 <', 6],
  ['p95 <300', 9],
  ['p95 <300msec', 11],
  ['p95 <1h', 7],
  ['p95 <300ms ~d api', 12],
  ['p95 <300ms:', 12],
  ['p95 <-1s', 6],
];
for (const [text, column] of WRONG_LATENCIES) {
  t.throws(() => parseLatency(text), { name: 'ParseError', column }, text);
}
