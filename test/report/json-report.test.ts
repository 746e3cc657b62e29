import t from 'tap';
import type { Report } from '../../src/flow/report.js';
import { printJson } from '../../src/report/json-report.js';
import { NASTY, reportOf, SAMPLE } from './sample-report.js';

const print = (report: Report): string => [...printJson(report)].join('');

t.test('all keys', async (t) => {
  const { version, outcome, suites } = JSON.parse(print(SAMPLE));
  t.equal(version, 1);
  t.equal(outcome, 'failed');
  const [replay, checks] = suites;
  t.strictSame(Object.keys(replay), ['name', 'started', 'duration', 'counts', 'properties', 'cases']);
  t.strictSame(replay.counts, { passed: 1, failed: 1, error: 1, skipped: 1 });
  t.strictSame(replay.properties, { requests_sent: 3, target: 'https://api.example.com/?a=1&b="2"' });
  t.strictSame(replay.cases, SAMPLE.suites[0]!.cases);
  t.strictSame(checks.cases, []);
});

t.test('one case a line, so that reports can be compared and searched', async (t) => {
  t.match(print(SAMPLE), /^ {8}\{"name":"GET \/ok",.*\},$/m);
});

t.test('outcomes', async (t) => {
  for (const [outcome, whole] of [
    ['passed', 'passed'],
    ['skipped', 'passed'],
    ['failed', 'failed'],
    ['error', 'failed'],
  ] as const) {
    const report = JSON.parse(print(reportOf({ name: NASTY, group: '', outcome }, 2)));
    t.equal(report.outcome, whole);
    t.equal(report.suites[0].counts[outcome], 2);
    t.equal(report.suites[0].cases[1].name, NASTY);
  }
  t.strictSame(JSON.parse(print({ suites: [] })), { version: 1, outcome: 'passed', suites: [] });
});
