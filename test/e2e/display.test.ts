import t, { type Test } from 'tap';
import { commandOf, HOME } from '../cli/tsdump.js';
import { needs } from './support/command.js';
import { curl } from './support/curl.js';
import { Origin } from './support/origin.js';
import { needsPython, python } from './support/python.js';
import { Recording } from './support/recording.js';

const CURL = needs('curl');
const PATH = `/${'long/'.repeat(30)}`;
const LINES = 600;

t.test('how much is shown at each level, recording and reading', CURL, async (t) => {
  const cut = 512;
  const headers = (url: string): string[] => [
    `POST ${url}`,
    `    Host: ${new URL(url).host}`,
    '    User-Agent: curl',
    '    Content-Length: 20',
    '    Content-Type: application/x-www-form-urlencoded',
  ];
  const form = ['', '    user: ada', '    city: London', ''];
  const answer = [
    ' << 200 Fine 2.9k',
    '    Content-Type: text/plain',
    '    Connection: close',
    '    Transfer-Encoding: chunked',
  ];
  const levels: ((url: string) => string[])[] = [
    () => [],
    (url) => [`POST ${url}`, `CLIENT   << 200 Fine 2.9k`],
    (url) => [...headers(url), ...answer],
    (url) => [...headers(url), ...form, ...answer, '', ...lines(cut), '    (cut off)', ''],
    (url) => [...headers(url), ...form, ...answer, '', ...lines(LINES), ''],
  ];
  for (const [level, shown] of levels.entries()) {
    const { recording, url } = await record(t, '--flow-detail', String(level));
    const live = String((await recording.stop(t)).stdout);
    t.same(plain(live).split('\n').slice(0, -1), shown(url), `level ${level}`);
    t.equal(await recording.read(t, level), live, 'reading shows the same');
    t.notMatch(live, /\x1b/, 'no colours in a pipe');
  }
});

t.test('-v shows headers, and more of the log', CURL, async (t) => {
  const { recording, url } = await record(t, '-v');
  const { stdout } = await recording.stop(t);
  t.match(plain(String(stdout)), `POST ${url}\n    Host: `);
  t.equal(String(stdout), await recording.read(t, 2));
});

t.test('a terminal has colours and a width', { skip: CURL.skip || needsPython('pty').skip }, async (t) => {
  const script = `
import fcntl, json, os, pty, struct, subprocess, sys, termios
ours, theirs = pty.openpty()
fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
child = subprocess.Popen(sys.argv[1:], stdin=theirs, stdout=theirs, stderr=theirs)
os.close(theirs)
output = b''
while True:
    try:
        output += os.read(ours, 65536)
    except OSError:
        break
print(json.dumps([child.wait(), output.decode()]))
`;
  const { recording, url } = await record(t);
  await recording.stop(t);
  const onTerminal = async (env: NodeJS.ProcessEnv, ...args: string[]): Promise<[code: number, output: string]> =>
    (await python(script, [...commandOf(), '-nr', recording.capture, ...args], { HOME, ...env })) as [number, string];

  const [code, coloured] = await onTerminal({ TERM: 'xterm' });
  t.equal(code, 0);
  t.match(coloured, /\x1b\[\d+m/);
  const short = new RegExp(`^127\\.0\\.0\\.1:\\d+: POST ${url.slice(0, 30)}\\S*…\r\n {2,}<< 200 Fine 2\\.9k\r\n$`);
  t.match(coloured.replaceAll(/\x1b\[\d+m/g, ''), short);
  for (const env of [{ TERM: 'xterm', NO_COLOR: '1' }, { TERM: 'dumb' }]) {
    const [, uncoloured] = await onTerminal(env);
    t.match(uncoloured, short, Object.keys(env).join());
    t.ok(uncoloured.split('\r\n')[0]!.length <= 80);
  }
  const [refused, why] = await onTerminal({}, '-w', '-');
  t.equal(refused, 2);
  t.match(why, /^tsdump: -w - .* terminal/);
});

/** One exchange with an answer of many lines. */
async function record(t: Test, ...args: string[]): Promise<{ recording: Recording; url: string }> {
  const origin = await Origin.start(t, (_, response) => {
    response.sendDate = false;
    response.writeHead(200, 'Fine', ['Content-Type', 'text/plain', 'Connection', 'close']);
    response.end('line\n'.repeat(LINES));
  });
  const recording = await Recording.start(t, { args });
  const url = origin.url(PATH);
  await curl(recording.url, ['-A', 'curl', '-H', 'Accept:', '-d', 'user=ada&city=London', url]);
  return { recording, url };
}

function lines(count: number): string[] {
  return Array<string>(count).fill('    line');
}

/** Without what differs from run to run: the port of the client and what depends on its length. */
function plain(shown: string): string {
  return shown.replace(/^127\.0\.0\.1:\d+: /gm, '').replace(/^ {14,}(?=<<)/gm, 'CLIENT   ');
}
