import t from 'tap';
import { ProgressLine } from '../../../src/cli/client-replay/progress.js';
import { ReplayStatistics } from '../../../src/cli/client-replay/statistics.js';
import { formatRate, summaryLines } from '../../../src/cli/client-replay/summary.js';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { FakeClock } from '../../replay/client/pace/fake-clock.js';
import { type TestFlow, testFlow, testRequest } from '../../replay/client/support.js';

const fail = (error: unknown): void => void t.fail(String(error));

/** Counts a request that took 10 ms in the recording, and 20 ms now. */
function send(
  statistics: ReplayStatistics,
  now: TestFlow = {},
  error?: string,
  due?: number,
  method = 'GET',
): HttpFlow {
  const recorded = testFlow({ request: testRequest({ method }), began: 100, ended: 100.01 });
  const replayed = testFlow({ ended: error === undefined ? 1 : undefined, ...now });
  if (error !== undefined) replayed.error = { message: '', timestamp: 1, code: error };
  statistics.begins(0);
  statistics.ended(7, recorded, replayed, { due, sent: 1000, ended: 1020, withCredentials: false });
  return recorded;
}

t.test('nothing happened', (t) => {
  const statistics = new ReplayStatistics(() => {}, fail);
  t.same(summaryLines(statistics, 0), ['Sent 0 requests in 0 µs.']);
  t.equal(statistics.hasFailed, false);
  t.end();
});

t.test('statuses and latencies', (t) => {
  const statistics = new ReplayStatistics(() => {}, fail);
  send(statistics);
  send(statistics, { status: 500 });
  t.same(summaryLines(statistics, 2), [
    'Sent 2 requests in 2.00 s (1/s).',
    'status  then  now',
    '200        2    1',
    '500        0    1',
    'latency      p50      p90      p99      max',
    'then     10.0 ms  10.0 ms  10.0 ms  10.0 ms',
    'now      20.0 ms  20.0 ms  20.0 ms  20.0 ms',
  ]);
  t.equal(statistics.hasFailed, false, 'another status is no failure');
  t.end();
});

t.test('what was due', (t) => {
  const statistics = new ReplayStatistics(() => {}, fail);
  send(statistics, {}, undefined, 970);
  t.same(summaryLines(statistics, 1).slice(-2), [
    'now, from due  50.0 ms  50.0 ms  50.0 ms  50.0 ms',
    'sent late by   30.0 ms  30.0 ms  30.0 ms  30.0 ms',
  ]);
  const names = statistics.properties().map(({ name }) => name);
  t.ok(names.includes('lateness_p99'));
  t.ok(names.includes('latency_due_p50'));
  t.end();
});

t.test('what went wrong', (t) => {
  const cases: [name: string, happen: (statistics: ReplayStatistics) => void, line: RegExp, fails: boolean][] = [
    ['a failure', (statistics) => void send(statistics, {}, 'ECONNREFUSED'), /^failed: 1 \(ECONNREFUSED: 1\)$/, true],
    ['another attempt', (statistics) => statistics.begins(1), /^further attempts: 1$/, false],
    ['no mapping', (statistics) => statistics.refused(0, testFlow()), /^refused, .*: 1 \(api\.example: 1\)$/, true],
    ['moved', (statistics) => void send(statistics, {}, 'not-permitted'), /^refused, .*: 1 \(api\.example: 1\)$/, true],
    ['TCP', (statistics) => statistics.skipped(0, testFlow(), 'tcp'), /^not replayed, TCP connections: 1$/, false],
    [
      'no body',
      (statistics) => statistics.skipped(0, testFlow(), 'not-kept'),
      /^not replayed, requests whose body.*: 1$/,
      true,
    ],
    ['unsent', (statistics) => statistics.unsent(0, testFlow()), /^read, but not sent before the end: 1$/, false],
  ];
  for (const [name, happen, line, fails] of cases) {
    const statistics = new ReplayStatistics(() => {}, fail);
    happen(statistics);
    t.match(summaryLines(statistics, 1)[1], line, name);
    t.equal(statistics.hasFailed, fails, name);
    t.equal(statistics.inFlight, 0, name);
  }
  t.end();
});

t.test('interrupted requests are sent again if that does no harm', (t) => {
  const unsent: number[] = [];
  const statistics = new ReplayStatistics((index) => unsent.push(index), fail);
  send(statistics, {}, 'interrupted', undefined, 'POST');
  t.same(unsent, []);
  send(statistics, {}, 'interrupted');
  t.same(unsent, [7]);
  t.end();
});

t.test('the names that are listed are limited', (t) => {
  const statistics = new ReplayStatistics(() => {}, fail);
  for (let host = 0; host < 2000; host++) {
    statistics.refused(0, testFlow({ request: testRequest({ fields: `Host: h${host}\r\n` }) }));
  }
  t.equal(statistics.refusals.size, 1000);
  t.match(summaryLines(statistics, 1)[1], /h0: 1, .*, 990 others\)$/);
  t.end();
});

t.test('progress', (t) => {
  const clock = new FakeClock();
  const statistics = new ReplayStatistics(() => {}, fail);
  let total: number | undefined;
  const line = new ProgressLine({ statistics, clock, total: () => total, differences: undefined });
  t.equal(line.text(), 'Sent 0, 0/s, 0 in flight');
  for (let count = 0; count < 10; count++) send(statistics);
  send(statistics, {}, 'ECONNREFUSED');
  statistics.begins(0);
  clock.stall(500);
  total = 1000;
  t.equal(line.text(), 'Sent 11 of 1000, 22/s, 1 in flight, 1 failed, 0:45 left');
  clock.stall(500);
  t.equal(line.text(), 'Sent 11 of 1000, 0/s, 1 in flight, 1 failed');
  const compared = new ProgressLine({ statistics, clock, total: () => 100_000, differences: () => 3 });
  send(statistics);
  clock.stall(1000);
  t.match(compared.text(), /^Sent 12 of 100000, 1\/s, .*, 3 different, 27:46:28 left$/);
  t.end();
});

t.same([0, 0.25, 1.25, 9.99, 10, 99.6, 12345].map(formatRate), [
  '0/s',
  '0.3/s',
  '1.3/s',
  '10/s',
  '10/s',
  '100/s',
  '12345/s',
]);
