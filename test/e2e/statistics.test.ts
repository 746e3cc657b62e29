import { readFileSync } from 'node:fs';
import t from 'tap';
import type { StatisticsReport } from '../../src/addons/statistics/report.js';
import { run } from '../cli/tsdump.js';
import { runWarm } from '../cli/warm.js';
import { command, needs } from './support/command.js';
import { curl } from './support/curl.js';
import { Origin, type Received } from './support/origin.js';
import { Recording } from './support/recording.js';

const CURL = needs('curl');

/** Answers `/STATUS/BYTES`. */
function answer({ target }: Received, response: import('node:http').ServerResponse): void {
  const [, status, size] = target.split('/');
  response.writeHead(Number(status), { 'Content-Type': 'application/x-test; a=b' });
  response.end(Buffer.alloc(Number(size)));
}

/** Records some requests. @returns what the proxy printed */
async function record(
  t: import('tap').Test,
  args: string[],
): Promise<{ origin: Origin; recording: Recording; printed: string; log: string }> {
  const origin = await Origin.start(t, answer);
  const recording = await Recording.start(t, { args });
  const paths = ['/200/10', '/200/3000000', '/404/5', '/500/0', '/503/7'];
  await curl(
    recording.url,
    paths.flatMap((path) => [origin.url(path), '-o', '/dev/null']),
  );
  await curl(recording.url, ['-d', 'hello', origin.url('/201/1'), '-o', '/dev/null']);
  await curl(recording.url, ['http://127.0.0.1:1/']);
  const { stdout, stderr } = await recording.stop(t);
  return { origin, recording, printed: String(stdout), log: stderr };
}

t.test('while recording, and of the capture', CURL, async (t) => {
  const { origin, recording, printed } = await record(t, ['--stat']);
  t.match(printed, /^flows {8}7 \(http 7\)\nerrors {7}1\n/, 'at the end, and no flows before');
  const read = await runWarm(['-nr', recording.capture, '--stat']);
  t.equal(read.code, 0);
  t.equal(read.stderr, '');
  t.equal(String(read.stdout), printed, 'the capture says the same');

  const json = await runWarm(['-nr', recording.capture, '--stat-json']);
  const report: StatisticsReport = JSON.parse(String(json.stdout));
  t.match(report, {
    flows: 7,
    errors: 1,
    connections: { clients: { count: 3, exact: true }, servers: { exact: true } },
    bytes: { requestBodies: 5, responseBodies: 3_000_023, messages: 0, stored: 3_000_028 },
    http: {
      statusClasses: { '2xx': 3, '4xx': 1, '5xx': 2, none: 1 },
      latency: { firstByte: { count: 6 }, total: { count: 7, relativeError: 0 } },
      largest: [{ url: origin.url('/200/3000000'), bytes: 3_000_000, status: 200 }],
    },
  });
  t.match(report.hosts.names, [
    { name: origin.authority, count: 6, errors: 0 },
    { name: '127.0.0.1:1', count: 1, errors: 1 },
  ]);
  t.match(report.http.contentTypes.names, [{ name: 'application/x-test', count: 6, bytes: 3_000_023 }]);

  const piped = await run(t, ['-nr', '-', '--stat-json'], { input: readFileSync(recording.capture) });
  t.same(JSON.parse(String(piped.stdout)), report, 'a pipe says the same, though its bodies are not kept');
  const sorted = await runWarm(['-nr', recording.capture, '-r', '-', '--sort', '--stat-json'], {
    input: readFileSync(recording.capture),
  });
  const both = { flows: 14, bytes: { responseBodies: 6_000_046, stored: null } };
  t.match(JSON.parse(String(sorted.stdout)), both, 'sorted, a pipe has gone before it is known what was stored');
});

t.test('filtered', CURL, async (t) => {
  const { recording } = await record(t, ['--flow-detail', '0']);
  const cases: [filter: string, flows: number][] = [
    ['~c 5xx', 2],
    ['~e', 1],
    ['~m POST | ~c 404', 2],
    ['~bq hello', 1],
    ['~c 999', 0],
  ];
  for (const [filter, flows] of cases) {
    const { code, stdout, stderr } = await runWarm(['-nr', recording.capture, '--stat', filter]);
    t.equal(code, 0, filter);
    t.match(String(stdout), new RegExp(`^flows {8}${flows}\\b`));
    t.equal(stderr, '');
  }
});

t.test('with flows', CURL, async (t) => {
  const { recording } = await record(t, ['--flow-detail', '0']);
  const shown = await runWarm(['-nr', recording.capture, '--stat', '--flow-detail', '1']);
  t.match(String(shown.stdout), /<< 200 OK 10b\n.*\nflows {8}7 /s, 'the flows first');
  const piped = await runWarm(['-nr', recording.capture, '--stat', '-w', '-']);
  t.ok(piped.stdout.equals(readFileSync(recording.capture)), 'stdout is the capture');
  t.match(piped.stderr, /^flows {8}7 /, 'statistics are on stderr');
});

t.test('with jq', needs('curl', 'jq'), async (t) => {
  const { recording } = await record(t, ['--flow-detail', '0']);
  const { stdout: json } = await runWarm(['-nr', recording.capture, '--stat-json']);
  const program = '.http.statuses.names | map("\\(.name)=\\(.count)") | sort | join(" ")';
  const { code, stdout } = await command('jq', ['-r', program], { input: json });
  t.equal(code, 0);
  t.equal(String(stdout), '200=2 201=1 404=1 500=1 503=1\n');
});
