import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Test } from 'tap';
import t from 'tap';
import { openDatagramSender, SystemdNotifier } from '../../../src/cli/command/systemd.js';
import type { Log } from '../../../src/flow/log.js';
import { needsPython, PYTHON } from '../../e2e/support/python.js';
import { folder } from '../../support/folder.js';

const RECEIVER = `
import socket, sys
name = sys.argv[1]
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind('\\0' + name[1:] if name[0] == '@' else name)
print('open', flush=True)
while True:
    print(receiver.recv(4096).decode(), flush=True)
`;

/** Receives datagrams at a unix socket. @returns reads the next one */
async function receive(t: Test, name: string): Promise<() => Promise<string>> {
  const child = spawn(PYTHON, ['-c', RECEIVER, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string> => (await lines.next()).value;
  t.equal(await next(), 'open');
  return next;
}

const silent = { warn: (message: string) => t.fail(message) } as unknown as Log;
const open = (environment: NodeJS.ProcessEnv, log = silent): Promise<SystemdNotifier | undefined> =>
  SystemdNotifier.open(environment, log);

for (const kind of ['a path', 'an abstract name']) {
  t.test(`ready, alive and stopping, at ${kind}`, needsPython(), async (t) => {
    const name = kind === 'a path' ? join(folder(t), 'notify') : `@tsdump-test-${process.pid}`;
    const next = await receive(t, name);
    const notifier = (await open({ NOTIFY_SOCKET: name, WATCHDOG_USEC: '20000', WATCHDOG_PID: String(process.pid) }))!;
    t.teardown(() => notifier.close());
    notifier.ready();
    t.equal(await next(), 'READY=1');
    // The timer alone does not keep the process alive.
    const alive = setInterval(() => {}, 1000);
    t.same([await next(), await next()], ['WATCHDOG=1', 'WATCHDOG=1']);
    clearInterval(alive);
    notifier.stopping();
    let line = await next();
    while (line === 'WATCHDOG=1') line = await next();
    t.equal(line, 'STOPPING=1');
  });
}

t.test('no watchdog, if it is for another process', needsPython(), async (t) => {
  const name = join(folder(t), 'notify');
  const next = await receive(t, name);
  const notifier = (await open({ NOTIFY_SOCKET: name, WATCHDOG_USEC: '1', WATCHDOG_PID: '1' }))!;
  notifier.ready();
  notifier.stopping();
  t.same([await next(), await next()], ['READY=1', 'STOPPING=1']);
});

t.test('sockets that cannot be used', async (t) => {
  t.equal(await open({}), undefined);
  const warnings: string[] = [];
  const log = { warn: (message: string) => warnings.push(message) } as unknown as Log;
  t.equal(await open({ NOTIFY_SOCKET: 'vsock:2:1' }, log), undefined);
  t.equal(warnings.length, 1);
  const failures: string[] = [];
  const send = await openDatagramSender(join(folder(t), 'nowhere'), (reason) => failures.push(reason));
  send!('READY=1');
  t.same(failures, ['no such file or directory']);
  t.equal(await openDatagramSender('/a', t.fail, 'no-such-package'), undefined, 'without koffi');
  t.equal(await openDatagramSender(`/${'a'.repeat(200)}`, t.fail), undefined, 'a path that is too long');
});

const NOTIFY = {
  skip: needsPython().skip || (spawnSync('systemd-notify', ['--version']).error && 'there is no systemd-notify'),
};

t.test('without koffi, by the program of systemd', NOTIFY, async (t) => {
  const name = join(folder(t), 'notify');
  const next = await receive(t, name);
  // It also waits until its message was handled, and may do so when the receiver is gone.
  const log = { warn: (message: string) => t.comment(message) } as unknown as Log;
  const notifier = (await SystemdNotifier.open({ NOTIFY_SOCKET: name }, log, 'no-such-package'))!;
  notifier.ready();
  const lines = [await next()];
  if (lines[0] !== 'READY=1') lines.push(await next());
  t.ok(lines.includes('READY=1'), 'its own messages may come first', { lines });
});
