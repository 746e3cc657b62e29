import { spawnSync } from 'node:child_process';
import { closeSync, constants, existsSync, lstatSync, openSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { commandOf, HOME, run, Tsdump } from '../../cli/tsdump.js';
import { testAuthority } from '../../engine/tls/support.js';
import { folder, write } from '../../support/folder.js';
import { identity } from '../../support/identity.js';
import { until } from '../../support/until.js';
import { command, needs } from '../support/command.js';
import { curl } from '../support/curl.js';
import { mirror, Origin } from '../support/origin.js';

t.test('files and a line for other programs', async (t) => {
  const dir = folder(t);
  const [portFile, pidFile, line] = ['port', 'pid', 'line'].map((name) => join(dir, name)) as [string, string, string];
  const args = [
    '-p',
    '0',
    '-m',
    'regular',
    '-m',
    'socks5',
    '--port-file',
    portFile,
    '--pid-file',
    pidFile,
    '--ready-fd',
    '3',
  ];
  const program = new Tsdump(t, args, { shell: `exec "$@" 3> ${line}` });
  await until(() => existsSync(line) && readFileSync(line, 'utf8').endsWith('\n'), 'the line');
  const { addresses, ca, pid } = JSON.parse(readFileSync(line, 'utf8'));
  t.equal(addresses.length, 2);
  t.same(readFileSync(portFile, 'utf8'), addresses.map((address: string) => `${address.split(':')[1]}\n`).join(''));
  t.equal(readFileSync(pidFile, 'utf8'), `${pid}\n`);
  t.equal(ca, join(HOME, '.tsdump', 'tsdump-ca-cert.pem'));
  write(pidFile, 'of another program\n');
  process.kill(pid, 'SIGTERM');
  t.equal((await program.ended).code, 0);
  t.notOk(existsSync(portFile), 'removed');
  t.equal(readFileSync(pidFile, 'utf8'), 'of another program\n', 'but not what another program has written');
});

t.test('pipes, devices and links are written to, and stay', needs('mkfifo'), async (t) => {
  const dir = folder(t);
  const [pipe, link, device] = ['pipe', 'link', 'device'].map((name) => join(dir, name)) as [string, string, string];
  spawnSync('mkfifo', [pipe]);
  symlinkSync(write(join(dir, 'pid'), ''), link);
  symlinkSync('/dev/null', device);
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const args = ['-p', '0', '--port-file', pipe, '--pid-file', link, '--', 'cat', link];
  const { code, stdout } = await run(t, args);
  t.equal(code, 0);
  t.match(String(stdout), /^\d+\n$/);
  t.match(readFileSync(reader, 'utf8'), /^\d+\n$/, 'the port');
  closeSync(reader);
  t.ok(lstatSync(pipe).isFIFO());
  t.ok(lstatSync(link).isSymbolicLink());
  t.notOk(existsSync(link), 'its target was removed at the end');
  t.match(String((await run(t, ['-p', '0', '--pid-file', link, '--', 'cat', link])).stdout), /^\d+\n$/);
  t.ok(lstatSync(link).isSymbolicLink(), 'also in the next run');
  t.equal((await run(t, ['-p', '0', '--port-file', device, '--', 'true'])).code, 0);
  t.ok(lstatSync(device).isSymbolicLink());
  const unread = await run(t, ['-p', '0', '--port-file', pipe, '--', 'echo', 'started']);
  t.equal(unread.code, 3);
  t.match(unread.stderr, /Cannot write \S+pipe: nothing reads this pipe\. \[start-failed\]/);
});

t.test('the certificate of an ephemeral CA is a file, too', async (t) => {
  const line = join(folder(t), 'line');
  const program = new Tsdump(t, ['-p', '0', '--ephemeral-ca', '--ready-fd', '3'], { shell: `exec "$@" 3> ${line}` });
  await until(() => existsSync(line) && readFileSync(line, 'utf8').endsWith('\n'), 'the line');
  const { ca, pid } = JSON.parse(readFileSync(line, 'utf8'));
  t.match(readFileSync(ca, 'utf8'), /^-----BEGIN CERTIFICATE-----/);
  process.kill(pid, 'SIGTERM');
  await program.ended;
  t.notOk(existsSync(ca), 'removed');
});

t.test('tsdump ends before it serves clients if readiness cannot be announced', async (t) => {
  for (const [args, code] of [
    [['--ready-fd', '9'], 2],
    [['--pid-file', '/nowhere/pid'], 3],
    [['--port-file', '/nowhere/port'], 3],
  ] as const) {
    const ended = await run(t, ['-p', '0', ...args, '--', 'echo', 'started']);
    t.equal(ended.code, code, args.join(' '), { stderr: ended.stderr });
    t.equal(String(ended.stdout), '');
  }
});

t.test('the environment of a proxy that runs on its own', needs('curl', 'fish', 'python3'), async (t) => {
  const upstream = testAuthority();
  const trusted = write(join(folder(t), 'upstream.pem'), upstream.certificatePem);
  const origin = await Origin.start(t, mirror, { tls: identity(upstream, ['localhost']) });
  const proxy = new Tsdump(t, ['-p', '0', '--set', `ssl_verify_upstream_trusted_ca=${trusted}`]);
  const port = await proxy.port();
  const print = (shell: string): string =>
    [...commandOf(), '-p', port, '--print-env', shell].map((word) => `'${word}'`).join(' ');
  const dir = folder(t);
  const url = origin.url('/', 'localhost');
  const read = (name: string): string => `python3 -c 'import json, sys; print(json.load(sys.stdin)["${name}"])'`;
  for (const [shell, script] of [
    ['sh', `eval "$(${print('sh')})"; curl -s ${url}; echo "[$no_proxy]"`],
    ['fish', `${print('fish')} | source; curl -s ${url}; echo "[$no_proxy]"`],
    [
      'sh',
      `${print('github')} > env; while IFS= read -r line; do export "$line"; done < env; curl -s ${url}; echo "[$no_proxy]"`,
    ],
    [
      'sh',
      `unset no_proxy; export https_proxy=$(${print('json')} | ${read('https_proxy')}) SSL_CERT_FILE=$(${print('json')} | ${read('SSL_CERT_FILE')}); curl -s ${url}; echo "[]"`,
    ],
  ] as const) {
    const { stdout, stderr } = await command(shell, ['-c', script], {
      cwd: dir,
      env: { HOME, no_proxy: 'localhost' },
    });
    t.equal(String(stdout), 'GET / 0\n[]\n', script, { stderr });
  }
  for (const args of [['-p', '0'], ['-m', 'reverse:http://a'], ['--ephemeral-ca'], ['--proxyauth', '@x']]) {
    t.equal((await run(t, ['--print-env', 'sh', ...args])).code, 2, args.join(' '));
  }
});

t.test('a proxy of the environment is used without a command, too', needs('curl'), async (t) => {
  const origin = await Origin.start(t, mirror);
  const next = new Tsdump(t, ['-p', '0']);
  const http_proxy = `http://127.0.0.1:${await next.port()}`;
  const program = new Tsdump(t, ['-p', '0', '--upstream-from-env'], { env: { http_proxy, no_proxy: 'localhost' } });
  const port = await program.port();
  await curl(`http://127.0.0.1:${port}`, [origin.url('/1'), origin.url('/2', 'localhost')]);
  await program.shown(/\/2\n/);
  await next.shown(/\/1\n +<< 200/);
  program.child.kill('SIGTERM');
  await program.ended;
  next.child.kill('SIGTERM');
  t.notMatch(String((await next.ended).stdout), '/2', 'but not for its exceptions');
});
