import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Ended, type RunOptions, run, Tsdump } from '../../cli/tsdump.js';
import { folder, write } from '../../support/folder.js';
import { RawOrigin } from '../../support/raw-origin.js';
import { until } from '../../support/until.js';
import { needs, orSkip } from '../support/command.js';
import { mirror, Origin } from '../support/origin.js';
import { needsPython, python } from '../support/python.js';
import { readCapture } from '../support/recording.js';

const CURL = needs('curl');
/** Without a terminal, as in CI: the command leads a process group of its own. */
const DETACHED = { shell: 'exec setsid "$@"' };

/** Runs a script of the shell under tsdump. */
function runScript(t: Test, script: string, args: string[] = [], options: RunOptions = {}): Promise<Ended> {
  return run(t, [...args, '--', 'sh', '-c', script], options);
}

t.test('the exit code is that of the command', async (t) => {
  const dir = folder(t);
  const text = write(join(dir, 'text'), 'no program');
  chmodSync(text, 0o644);
  for (const [command, code] of [
    [['true'], 0],
    [['sh', '-c', 'exit 7'], 7],
    [['sh', '-c', 'exit 255'], 255],
    [['sh', '-c', 'kill -KILL $$'], 137],
    [['sh', '-c', 'kill -TERM $$'], 143],
    [['no-such-command'], 127],
    [[join(dir, 'missing')], 127],
    [[text], 126],
    [[dir], 126],
  ] as const) {
    const ended = await run(t, ['--', ...command]);
    t.equal(ended.code, code, command.join(' '));
    const isOurs = code === 126 || code === 127;
    t.equal(ended.stderr.includes('Cannot run '), isOurs, 'the log has the reason', { stderr: ended.stderr });
  }
});

t.test('stdin, stdout and stderr belong to the command', CURL, async (t) => {
  const origin = await Origin.start(t, mirror);
  const capture = join(folder(t), 'flows.bin');
  const script = `cat; echo to stderr >&2; curl -s ${origin.url('/1')} -o /dev/null; head -c 1000000 /dev/zero`;
  const { code, stdout, stderr } = await runScript(t, script, ['-w', capture], { input: 'to stdin\n' });
  t.same([code, stderr], [0, 'to stderr\n']);
  t.ok(stdout.equals(Buffer.concat([Buffer.from('to stdin\n'), Buffer.alloc(1_000_000)])));
  t.equal((await readCapture(capture)).length, 1);

  const shown = await runScript(t, `curl -s ${origin.url('/2')}`, ['--flow-detail', '1']);
  t.equal(String(shown.stdout), 'GET /2 0\n');
  t.match(shown.stderr, /GET http:\/\/127.0.0.1:\d+\/2\n +<< 200 OK 9b\n$/);

  const closed = await runScript(t, `exec >&- 2>&-; curl -s ${origin.url('/3')} -o ${capture}.body`, ['-w', capture]);
  t.same([closed.code, closed.stderr], [0, '']);
  t.equal((await readCapture(capture)).length, 1);
});

t.test('other file descriptors belong to the command, too', async (t) => {
  const dir = folder(t);
  const file = write(join(dir, 'file'), 'from a file\n');
  const ready = join(dir, 'ready');
  const script = 'cat <&3; echo to a pipe >&4; cat <&5; (echo >&6) 2>/dev/null || echo closed';
  const shell = `(exec "$@" 3< ${file} 4>&1 5< ${file} 6> ${ready} ) | cat`;
  const { stdout } = await runScript(t, script, ['-w', join(dir, 'flows.bin'), '--ready-fd', '6'], { shell });
  t.equal(String(stdout), 'from a file\nto a pipe\nfrom a file\nclosed\n');
});

t.test('options that need what belongs to the command', async (t) => {
  const users = write(join(folder(t), 'users'), 'a:b');
  for (const [args, message] of [
    [['-w', '-'], '-w -'],
    [['--set', 'hardump=-'], '-w -'],
    [['-r', '-'], '-r -'],
    [['-n'], '-n'],
    [['--proxyauth', `@${users}`], '--proxyauth'],
  ] as const) {
    const { code, stderr } = await run(t, [...args, '--', 'echo', 'started']);
    t.equal(code, 2, args.join(' '));
    t.match(stderr, message);
  }
  t.equal((await run(t, ['--'])).code, 2, 'no command');
});

for (const options of [{}, DETACHED]) {
  const where = options === DETACHED ? 'in a session of its own' : 'here';
  t.test(`signals reach the command and its children, ${where}`, needs('setsid'), async (t) => {
    const script = `
      trap 'echo command $1; exit 3' TERM
      (trap 'echo child; exit' TERM; echo ready; while :; do sleep 0.1; done) &
      wait; wait`;
    const program = new Tsdump(t, ['--', 'sh', '-c', script], options);
    await program.shown(/ready/);
    program.child.kill('SIGTERM');
    const { code, stdout } = await program.ended;
    t.equal(code, 3);
    await until(() => /child/.test(String(stdout)) && /command/.test(String(stdout)), 'both');
  });

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
    ['SIGUSR1', 138],
    ['SIGUSR2', 140],
  ] as const) {
    t.test(`${signal} is passed on, ${where}`, needs('setsid'), async (t) => {
      const script = 'ulimit -c 0; echo ready; exec sleep 60';
      const program = new Tsdump(t, ['--', 'sh', '-c', script], options);
      await program.shown(/ready/);
      program.child.kill(signal);
      t.equal((await program.ended).code, code);
    });
  }
}

t.test('a command may ignore signals and continue', CURL, async (t) => {
  const origin = await Origin.start(t, mirror);
  const capture = join(folder(t), 'flows.bin');
  const go = `${capture}.go`;
  const script = `trap 'echo got it' INT; echo ready; until [ -e ${go} ]; do sleep 0.1; done; curl -s ${origin.url('/')}; exit 4`;
  const program = new Tsdump(t, ['-w', capture, '--', 'sh', '-c', script], DETACHED);
  await program.shown(/ready/);
  for (const count of [1, 2, 3]) {
    program.child.kill('SIGINT');
    await program.shown(new RegExp(`(got it\\n){${count}}`));
  }
  write(go, '');
  t.equal((await program.ended).code, 4);
  t.equal((await readCapture(capture)).length, 1, 'what it does then is recorded');
});

t.test('^C at a terminal reaches the command once', needsPython(), async (t) => {
  const script = `
import json, os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
output = b''
sent = False
while True:
    try:
        data = os.read(terminal, 4096)
    except OSError:
        break
    if not data:
        break
    output += data
    if b'ready' in output and not sent:
        sent = True
        os.write(terminal, b'\\x03')
print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), output.decode().count('interrupted')]))
`;
  const program = new Tsdump(t, ['--version']);
  await program.ended;
  const command = `
import os, signal, sys, time
# A handler must not print: the signal may arrive while another print is in progress.
arrived = []
signal.signal(signal.SIGINT, lambda *_: arrived.append(os.write(1, b'interrupted\\n')))
os.write(1, b'ready\\n')
while not arrived: time.sleep(0.05)
# Another one would arrive at about the same time.
end = time.monotonic() + 0.5
while time.monotonic() < end: time.sleep(0.1)
sys.exit(6)`;
  const args = [...program.child.spawnargs.slice(0, -1), '--', 'python3', '-c', command];
  t.same(await python(script, args, { HOME: folder(t) }), [6, 1]);
});

/** A small disk; undefined if it cannot be mounted here. */
function mountSmallDisk(): string | undefined {
  const dir = folder(t);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', dir]).status !== 0) return undefined;
  t.teardown(() => spawnSync('umount', ['-l', dir]));
  return dir;
}

const disk = mountSmallDisk();
const DISK = orSkip(disk === undefined && 'no file system can be mounted');

t.test('a full disk ends the command, even one that ignores SIGTERM: 5', DISK, async (t) => {
  const origin = await Origin.start(t, (_, response) => response.end(Buffer.alloc(300_000)));
  for (const ignoring of ['', "trap '' TERM;"]) {
    const script = `${ignoring} while :; do curl -s -o /dev/null ${origin.url('/')}; done`;
    const { code, stderr } = await runScript(t, script, [
      ...['-w', join(disk!, 'flows.bin'), '--set', 'shutdown_timeout=0.2', '--set', 'spool_dir=/tmp'],
    ]);
    t.equal(code, 5);
    t.match(stderr, /Cannot write .*flows\.bin: no space left/);
  }
});

t.test('flows in progress when the command ends are finished', CURL, async (t) => {
  const origin = await RawOrigin.start(t, async (wire) => {
    await wire.has('\r\n\r\n');
    wire.send('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf');
    setTimeout(() => wire.send('half'), 300);
  });
  const silent = await RawOrigin.start(t);
  const dir = folder(t);
  const capture = join(dir, 'flows.bin');
  const background = (url: string): string => `curl -s ${url} > ${dir}/body 2>/dev/null &`;
  const script = `${background(`http://${origin.authority}/slow`)} until grep -q half ${dir}/body; do sleep 0.05; done`;
  const ended = await runScript(t, script, ['-w', capture]);
  t.equal(ended.code, 0);
  const [slow] = await readCapture(capture);
  t.equal(String(slow!.responseBody), 'halfhalf', 'a child in the background may end its exchange');

  const started = new Tsdump(t, [
    '-w',
    capture,
    '--set',
    'shutdown_timeout=0.1',
    '--',
    'sh',
    '-c',
    `curl -s http://${silent.authority}/ & read line`,
  ]);
  await silent.connection();
  started.child.stdin!.end();
  t.equal((await started.ended).code, 1, 'that of read');
  const [left] = await readCapture(capture);
  t.equal(left!.flow.error?.message, 'interrupted');
});

t.test('the environment is that of the user, with what leads to the proxy', async (t) => {
  const { stdout } = await run(t, ['--set', 'command_no_proxy=a.test,10.0.0.0/8', '--', 'env'], {
    env: { OWN: 'kept', NO_PROXY: 'replaced', NOTIFY_SOCKET: '/nowhere', WATCHDOG_USEC: '1' },
  });
  const variables = Object.fromEntries(
    String(stdout)
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  t.match(variables, {
    OWN: 'kept',
    NO_PROXY: 'a.test,10.0.0.0/8',
    no_proxy: 'a.test,10.0.0.0/8',
    https_proxy: /^http:\/\/127\.0\.0\.1:\d+$/,
  });
  for (const name of ['UV_THREADPOOL_SIZE', 'NOTIFY_SOCKET', 'WATCHDOG_USEC']) t.notOk(name in variables, name);
});

t.test('a CA of the run', CURL, async (t) => {
  const home = folder(t);
  mkdirSync(join(home, 'tmp'));
  const env = { HOME: home, TMPDIR: join(home, 'tmp') };
  const { stdout } = await runScript(
    t,
    `openssl x509 -noout -subject -text -in $SSL_CERT_DIR/*.0; ls -A ~ $TMPDIR`,
    ['--ephemeral-ca'],
    {
      env: { ...env, SSL_CERT_DIR: '/nowhere' },
    },
  );
  t.match(String(stdout), 'id-ecPublicKey');
  t.notMatch(String(stdout), '.tsdump');
  t.same(readdirSync(join(home, 'tmp')), [], 'nothing is left');
});
