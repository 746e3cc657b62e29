import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Command } from '../../../src/cli/command/command.js';
import { resolveOptions } from '../../../src/cli/options/resolve.js';
import { Shutdown } from '../../../src/cli/process/shutdown.js';
import type { Log } from '../../../src/flow/log.js';
import { testAuthority } from '../../engine/tls/support.js';
import { folder } from '../../support/folder.js';
import { until } from '../../support/until.js';

const { values: options } = resolveOptions([]);
const { certificate } = testAuthority();
const context = {
  options,
  addresses: [['127.0.0.1', 1]] as const,
  certificate,
  folder: folder(t),
  log: { error: () => {} } as unknown as Log,
};

async function start(...words: [string, ...string[]]): Promise<{ command: Command; shutdown: Shutdown }> {
  const shutdown = new Shutdown();
  const command = new Command(words, shutdown);
  await command.start(context);
  return { command, shutdown };
}

t.test('exit codes of the command and ours', async (t) => {
  for (const [own, ours, expected] of [
    [0, 0, 0],
    [0, 1, 1],
    [0, 4, 4],
    [0, 5, 5],
    [7, 0, 7],
    [7, 1, 7],
    [7, 4, 7],
    [7, 5, 5],
    [7, 70, 70],
    [99, 5, 5],
  ] as const) {
    const { command, shutdown } = await start('sh', '-c', `exit ${own}`);
    await shutdown.requested;
    t.equal(command.exitCode(ours), expected, `${own} and ${ours}`);
  }
});

t.test('a command that is stopped by us has no code of its own', async (t) => {
  const { command, shutdown } = await start('sleep', '60');
  shutdown.request();
  t.equal(command.passOn('SIGINT'), false, 'signals are for tsdump then');
  await command.stop(60);
  t.equal(command.exitCode(0), 0);
  t.equal(command.exitCode(1), 1);
});

t.test('a signal before the command runs counts as one that ended it', async (t) => {
  const shutdown = new Shutdown();
  const command = new Command(['sleep', '60'], shutdown);
  t.equal(command.passOn('SIGINT'), false);
  shutdown.request();
  t.equal(command.exitCode(0), 130, 'never started');
  t.equal(command.exitCode(5), 5);
  await command.start(context);
  await command.stop(60);
  t.equal(command.exitCode(0), 130, 'stopped at once');
});

t.test('a command that ignores SIGTERM is killed when shutdown is forced', async (t) => {
  const ready = join(folder(t), 'ready');
  const { command, shutdown } = await start('sh', '-c', `trap '' TERM; : > ${ready}; while :; do sleep 0.1; done`);
  await until(() => existsSync(ready), 'the command to ignore the signal');
  shutdown.request();
  const stopped = command.stop(60);
  shutdown.force();
  await stopped;
  t.equal(command.exitCode(0), 0);
});

t.test('a command that cannot be started requests shutdown', async (t) => {
  const { command, shutdown } = await start('/no/such/command');
  await shutdown.requested;
  t.equal(command.exitCode(0), 127);
  await command.stop(60);
});
