import t from 'tap';
import { ReplayFigures } from '../../../src/cli/replay/figures.js';
import { ProgressLine } from '../../../src/cli/replay/progress.js';
import { formatRate, summaryLines } from '../../../src/cli/replay/summary.js';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { FakeClock } from '../../replay/client/pace/fake-clock.js';
import { type TestFlow, testFlow, testRequest } from '../../replay/client/support.js';

const fail = (error: unknown): void => void t.fail(String(error));

/** Counts a request that took 10 ms in the recording, and 20 ms now. */
function send(figures: ReplayFigures, now: TestFlow = {}, error?: string, due?: number, method = 'GET'): HttpFlow {
  const recorded = testFlow({ request: testRequest({ method }), began: 100, ended: 100.01 });
  const replayed = testFlow({ ended: error === undefined ? 1 : undefined, ...now });
  if (error !== undefined) replayed.error = { message: '', timestamp: 1, code: error };
  figures.begins(0);
  figures.ended(7, recorded, replayed, { due, sent: 1000, ended: 1020, withCredentials: false });
  return recorded;
}

t.test('nothing happened', (t) => {
  const figures = new ReplayFigures(() => {}, fail);
  t.same(summaryLines(figures, 0), ['Sent 0 requests in 0 µs.']);
  t.equal(figures.hasFailed, false);
  t.end();
});

t.test('statuses and latencies', (t) => {
  const figures = new ReplayFigures(() => {}, fail);
  send(figures);
  send(figures, { status: 500 });
  t.same(summaryLines(figures, 2), [
    'Sent 2 requests in 2.00 s (1/s).',
    'status  then  now',
    '200        2    1',
    '500        0    1',
    'latency      p50      p90      p99      max',
    'then     10.0 ms  10.0 ms  10.0 ms  10.0 ms',
    'now      20.0 ms  20.0 ms  20.0 ms  20.0 ms',
  ]);
  t.equal(figures.hasFailed, false, 'another status is no failure');
  t.end();
});

t.test('what was due', (t) => {
  const figures = new ReplayFigures(() => {}, fail);
  send(figures, {}, undefined, 970);
  t.same(summaryLines(figures, 1).slice(-2), [
    'now, from due  50.0 ms  50.0 ms  50.0 ms  50.0 ms',
    'sent late by   30.0 ms  30.0 ms  30.0 ms  30.0 ms',
  ]);
  const names = figures.properties().map(({ name }) => name);
  t.ok(names.includes('lateness_p99'));
  t.ok(names.includes('latency_due_p50'));
  t.end();
});

t.test('what went wrong', (t) => {
  const cases: [name: string, happen: (figures: ReplayFigures) => void, line: RegExp, fails: boolean][] = [
    ['a failure', (figures) => void send(figures, {}, 'ECONNREFUSED'), /^failed: 1 \(ECONNREFUSED: 1\)$/, true],
    ['another attempt', (figures) => figures.begins(1), /^further attempts: 1$/, false],
    ['no mapping', (figures) => figures.refused(0, testFlow()), /^refused, .*: 1 \(api\.example: 1\)$/, true],
    ['moved', (figures) => void send(figures, {}, 'not-permitted'), /^refused, .*: 1 \(api\.example: 1\)$/, true],
    ['TCP', (figures) => figures.skipped(0, testFlow(), 'tcp'), /^not replayed, TCP connections: 1$/, false],
    [
      'no body',
      (figures) => figures.skipped(0, testFlow(), 'not-kept'),
      /^not replayed, requests whose body.*: 1$/,
      true,
    ],
    ['unsent', (figures) => figures.unsent(0, testFlow()), /^read, but not sent before the end: 1$/, false],
  ];
  for (const [name, happen, line, fails] of cases) {
    const figures = new ReplayFigures(() => {}, fail);
    happen(figures);
    t.match(summaryLines(figures, 1)[1], line, name);
    t.equal(figures.hasFailed, fails, name);
    t.equal(figures.inFlight, 0, name);
  }
  t.end();
});

t.test('interrupted requests are sent again if that does no harm', (t) => {
  const unsent: number[] = [];
  const figures = new ReplayFigures((index) => unsent.push(index), fail);
  send(figures, {}, 'interrupted', undefined, 'POST');
  t.same(unsent, []);
  send(figures, {}, 'interrupted');
  t.same(unsent, [7]);
  t.end();
});

t.test('the names that are listed are limited', (t) => {
  const figures = new ReplayFigures(() => {}, fail);
  for (let host = 0; host < 2000; host++) {
    figures.refused(0, testFlow({ request: testRequest({ fields: `Host: h${host}\r\n` }) }));
  }
  t.equal(figures.refusals.size, 1000);
  t.match(summaryLines(figures, 1)[1], /h0: 1, .*, 990 others\)$/);
  t.end();
});

t.test('progress', (t) => {
  const clock = new FakeClock();
  const figures = new ReplayFigures(() => {}, fail);
  let total: number | undefined;
  const line = new ProgressLine({ figures, clock, total: () => total, differences: undefined });
  t.equal(line.text(), 'Sent 0, 0/s, 0 in flight');
  for (let count = 0; count < 10; count++) send(figures);
  send(figures, {}, 'ECONNREFUSED');
  figures.begins(0);
  clock.stall(500);
  total = 1000;
  t.equal(line.text(), 'Sent 11 of 1000, 22/s, 1 in flight, 1 failed, 0:45 left');
  clock.stall(500);
  t.equal(line.text(), 'Sent 11 of 1000, 0/s, 1 in flight, 1 failed');
  const compared = new ProgressLine({ figures, clock, total: () => 100_000, differences: () => 3 });
  send(figures);
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
