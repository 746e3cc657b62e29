import { hostname } from 'node:os';
import t from 'tap';
import type { Report } from '../../src/flow/report.js';
import { printJUnit } from '../../src/report/junit-report.js';
import { ANT, faultsOf, JENKINS } from './junit-schema.js';
import { NASTY, reportOf, SAMPLE } from './sample-report.js';

const print = (report: Report): string => [...printJUnit(report)].join('');

t.equal(
  print(SAMPLE),
  `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="replay" package="replay" id="0" timestamp="2023-11-14T22:13:20" hostname="${hostname()}" tests="4" failures="1" errors="1" skipped="1" time="2.250">
    <properties>
      <property name="requests_sent" value="3"/>
      <property name="target" value="https://api.example.com/?a=1&amp;b=&quot;2&quot;"/>
    </properties>
    <testcase name="GET /ok" classname="replay.api_example_com" time="0.013"/>
    <testcase name="GET /bad" classname="replay.api_example_com" time="1234.500">
      <failure message="status 500, expected 200" type="status">status 500, expected 200
line 1
line 2</failure>
    </testcase>
    <testcase name="GET /gone" classname="replay" time="0.000">
      <error message="connection refused" type="refused"/>
    </testcase>
    <testcase name="POST /" classname="replay.b" time="0.000">
      <skipped message="not safe"/>
    </testcase>
    <system-out/>
    <system-err/>
  </testsuite>
  <testsuite name="checks" package="checks" id="1" timestamp="2023-11-14T22:13:21" hostname="${hostname()}" tests="0" failures="0" errors="0" skipped="0" time="0.000">
    <properties>
    </properties>
    <system-out/>
    <system-err/>
  </testsuite>
</testsuites>
`,
);
t.equal(print({ suites: [] }), '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n</testsuites>\n');

t.test('text that XML cannot hold', async (t) => {
  const message = `${NASTY}\r\n`;
  const text = print(reportOf({ name: message, group: message, outcome: 'failed', message, details: [message] }));
  t.notMatch(text, /[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]|\p{Cs}/u);
  t.match(text, /message="[^"<>]*\\x1b\[31m\\x00\\ud800\\ufffe&#9;[^"<>]*&#13;&#10;"/);
  t.match(text, />a\]\]&gt; &lt;b&gt; &amp; "c" [^<]*\u{1f600}[^<]*&#13;\n[^<]*<\/failure>/u);
});

t.test('reports are valid for the schemas of Ant and Jenkins', async (t) => {
  const outcomes = ['passed', 'failed', 'error', 'skipped'] as const;
  const nasty = outcomes.map((outcome) =>
    reportOf({ name: NASTY, group: NASTY, outcome, code: NASTY, message: NASTY, details: [NASTY], duration: 1e7 }),
  );
  const bare = outcomes.map((outcome) => reportOf({ name: '', group: '', outcome }));
  for (const report of [SAMPLE, { suites: [] }, ...nasty, ...bare]) {
    const text = print(report);
    t.same(faultsOf(text, ANT), [], text);
    t.same(faultsOf(text, JENKINS), [], text);
  }
});

t.test('and the schemas find faults', async (t) => {
  const valid = print(SAMPLE);
  const faulty: [name: string, text: string][] = [
    ['a missing attribute', valid.replace(/ timestamp="[^"]*"/, '')],
    ['a time zone', valid.replace(/(timestamp="[^"]*)"/, '$1Z"')],
    ['an unknown attribute', valid.replace('<testcase ', '<testcase file="a" ')],
    ['a count that is not a number', valid.replace('tests="4"', 'tests="4.5"')],
    ['a time with an exponent', valid.replace('time="0.013"', 'time="1.3e-2"')],
    ['a result without a type', valid.replace(' type="status"', '')],
    ['a wrong order', valid.replace('<system-out/>\n    <system-err/>', '<system-err/>\n    <system-out/>')],
    ['two results', valid.replace('<skipped', '<skipped/><skipped')],
    ['an unknown element', valid.replace('<skipped message="not safe"/>', '<ignored/>')],
    ['text between elements', valid.replace('<properties>', 'x<properties>')],
    ['an element that is not closed', valid.replace('</testsuites>', '')],
    ['an ampersand', valid.replace('line 1', 'a & b')],
    ['a control character', valid.replace('line 1', '\x01')],
  ];
  for (const [name, text] of faulty) {
    t.not(text, valid, name);
    t.not(faultsOf(text, ANT).length, 0, name);
  }
});
