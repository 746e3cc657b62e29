import asyncHooks from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import type { Failure, News, Outcome, Work } from './outcome.js';

/** Time limit of a test, in seconds; that of a file is twice as long. */
process.env.TAP_TIMEOUT ??= '300';
// tap follows every promise with asynchronous hooks, to find the test of a stray error, which takes up to half of the
// time. Here a stray error ends the process, and the report names its file.
asyncHooks.createHook = () => ({ enable: hook, disable: hook });
syncBuiltinESMExports();
const { t, Test } = await import('tap');
// The limit is for each file, not for all.
t.setTimeout(0);

const FOLDER = fileURLToPath(new URL('../..', import.meta.url));

/** The process of a unit: runs the files that it receives, until one fails, because that may leave state behind. */
process.once('message', async ({ files }: Work) => {
  // The first file is charged with the start of the process.
  let before = 0;
  for (const file of files) {
    await send({ began: file });
    const outcome = await run(file);
    const after = cpuTime();
    outcome.cpu = after - before;
    before = after;
    await send({ ended: file, outcome });
    if (outcome.failures.length > 0) break;
  }
  process.exit();
});

// The run was ended.
process.once('disconnect', () => process.exit());

/** Runs a file within a test of its own, which stands in for tap's root while it runs. */
async function run(name: string): Promise<Outcome> {
  const path = join(FOLDER, name);
  // tap names the folders of `testdir` after the script.
  process.argv[1] = path;
  const file = new Test({
    name,
    timeout: Number(process.env.TAP_TIMEOUT) * 2000,
    cb: () => import(pathToFileURL(path).href),
  });
  Object.setPrototypeOf(t, standIn(file));
  file.resume();
  await new Promise<void>((resolve) => {
    file.once('complete', () => resolve());
    file.runMain(() => {});
  });
  file.setTimeout(0);
  const { counts, lists, results, time } = file;
  const failures = lists.fail.map(
    ({ fullname, name, diag }): Failure => ({ name: fullName(fullname, name), details: details(diag) }),
  );
  if (counts.total === 0) failures.push({ name, details: 'It has no tests.' });
  if (failures.length === 0 && !results?.ok) failures.push({ name, details: inspect(results) });
  const skipped = [...lists.skip, ...lists.todo].map(({ fullname, name, skip, todo }) => ({
    name: fullName(fullname, name),
    reason: String(skip || todo),
  }));
  return { passed: counts.pass, failures, skipped, time: time ?? 0, cpu: 0 };
}

/** @returns milliseconds of CPU time that this process and, on Linux, the programs that it has started took */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  let children = 0;
  try {
    children += timesOf('self').ended;
    const pids = readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1').trim();
    for (const pid of pids === '' ? [] : pids.split(' ')) {
      const { own, ended } = timesOf(pid);
      children += own + ended;
    }
  } catch {}
  return (user + system) / 1000 + children;
}

/** Milliseconds of CPU time of a process, and of its children that have ended (proc_pid_stat(5)). */
function timesOf(pid: string): { own: number; ended: number } {
  // The second field may contain spaces. The times are in hundredths of a second.
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/.*\) /, '').split(' ').map(Number);
  return { own: (fields[11]! + fields[12]!) * 10, ended: (fields[13]! + fields[14]!) * 10 };
}

/** Stands in for the methods of a hook, which return the hook. */
function hook(this: asyncHooks.AsyncHook): asyncHooks.AsyncHook {
  return this;
}

/** An object with the methods and fields of a test. */
function standIn(file: object): object {
  return new Proxy(file, {
    get: (test, name) => {
      const value = Reflect.get(test, name);
      return typeof value === 'function' ? value.bind(test) : value;
    },
    set: (test, name, value) => Reflect.set(test, name, value),
  });
}

function fullName(around: string, name: string): string {
  return around.endsWith(name) ? around : `${around} > ${name}`;
}

/** The diagnostics of a failed assertion; multi-line text is kept as it is. */
function details(diag: unknown): string {
  if (typeof diag !== 'object' || diag === null) return '';
  return Object.entries(diag)
    .map(([name, value]) => {
      if (typeof value !== 'string') return `${name}: ${inspect(value, { depth: 5 })}`;
      return value.includes('\n') ? `${name}:\n${value.trimEnd().replace(/^/gm, '  ')}` : `${name}: ${value}`;
    })
    .join('\n');
}

function send(news: News): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send!(news, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}
