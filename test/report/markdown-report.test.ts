import t from 'tap';
import type { Report } from '../../src/flow/report.js';
import { printMarkdown } from '../../src/report/markdown-report.js';
import { NASTY, reportOf, SAMPLE } from './sample-report.js';

const print = (report: Report): string => [...printMarkdown(report)].join('');

t.equal(
  print(SAMPLE),
  `## replay: 1 failed, 1 error, 1 skipped, 1 passed

| property | value |
|---|---|
| requests\\_sent | 3 |
| target | https\\://api.example.com/?a=1&amp;b="2" |

| outcome | group | case | message |
|---|---|---|---|
| passed | api.example.com | GET /ok |  |
| **failed** | api.example.com | GET /bad | status 500, expected 200 |
| **error** |  | GET /gone | connection refused |
| skipped | b | POST / | not safe |

### GET /bad

\`\`\`text
line 1
line 2
\`\`\`

## checks: no cases
`,
);
t.equal(print({ suites: [] }), 'Nothing was checked or compared.\n');

t.test('captured text cannot become markup', async (t) => {
  const text = print(
    reportOf({ name: NASTY, group: NASTY, outcome: 'failed', message: `${NASTY}\n\n# x`, details: [NASTY, '`````'] }),
  );
  t.notMatch(text, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
  const rows = text.split('\n').filter((line) => line.startsWith('| **failed**'));
  t.equal(rows.length, 1);
  t.equal(rows[0]!.replaceAll('\\|', '').split('|').length, 6, 'four cells');
  t.notMatch(rows[0], /(?<!\\)[`<_]/);
  t.match(text, /\n`{6}text\n[^\n]*\n`{5}\n`{6}\n$/, 'the fence is longer than any inside');
});

t.test('long reports are cut', async (t) => {
  const details = Array.from({ length: 25 }, (_, at) => `detail ${at}`);
  const failed = print(reportOf({ name: 'x', group: 'g', outcome: 'failed', message: 'm'.repeat(500), details }, 120));
  t.match(failed, /^## checks: 120 failed$/m);
  t.match(failed, /^… and 20 more\.$/m);
  t.match(failed, /^detail 19\n… and 5 more$/m);
  t.match(failed, /\| m{400}… \|$/m);
  t.notMatch(print(reportOf({ name: 'x', group: 'g', outcome: 'passed' }, 51)), /\| passed/);
  t.match(print(reportOf({ name: 'x', group: 'g', outcome: 'passed' }, 50)), /\| passed/);
});
