import type { Report, ReportCase } from '../../src/flow/report.js';

/** Text that XML, Markdown and terminals treat in a special way. */
export const NASTY = 'a]]> <b> & "c" \'d\' \x1b[31m\0\ud800\ufffe\t| `e` ```` | \u{1f600} \u202e # * _x_ \\';

const CASES: ReportCase[] = [
  { name: 'GET /ok', group: 'api.example.com', outcome: 'passed', duration: 0.0125 },
  {
    name: 'GET /bad',
    group: 'api.example.com',
    outcome: 'failed',
    duration: 1234.5,
    code: 'status',
    message: 'status 500, expected 200',
    details: ['line 1', 'line 2'],
  },
  { name: 'GET /gone', group: '', outcome: 'error', code: 'refused', message: 'connection refused' },
  { name: 'POST /', group: 'b', outcome: 'skipped', message: 'not safe' },
];

export const SAMPLE: Report = {
  suites: [
    {
      name: 'replay',
      started: 1_700_000_000.5,
      duration: 2.25,
      properties: [
        { name: 'requests_sent', value: 3 },
        { name: 'target', value: 'https://api.example.com/?a=1&b="2"' },
      ],
      cases: CASES,
    },
    { name: 'checks', started: 1_700_000_001, duration: 0, properties: [], cases: [] },
  ],
};

/** @param count how many cases, all alike */
export function reportOf(one: ReportCase, count = 1): Report {
  const cases = Array.from({ length: count }, () => one);
  return { suites: [{ name: 'checks', started: 0, duration: 0, properties: [], cases }] };
}
