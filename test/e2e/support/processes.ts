import { readFileSync } from 'node:fs';
import { sideFiles } from '../../../src/serialize/native/journal/live-path.js';
import type { Tsdump } from '../../cli/tsdump.js';

/** What runs in one process, and what runs in several: tests of features that must not differ run with both. */
export const PROCESSES: readonly { readonly name: string; readonly args: readonly string[] }[] = [
  { name: 'one process', args: [] },
  { name: 'two workers', args: ['--workers', '2'] },
];

/** Process ids of the workers of a program. */
export function workersOf({ child }: Tsdump): number[] {
  const text = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'latin1').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** Kills all processes of a program at once, as a crash of the machine would. */
export async function killAll(program: Tsdump): Promise<void> {
  const { child, ended } = program;
  // While it is stopped, it starts no others.
  child.kill('SIGSTOP');
  const pids = [...(process.platform === 'linux' ? workersOf(program) : []), child.pid!];
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await ended;
}

/** The journals beside a capture. */
export function journalsOf(capture: string): readonly string[] {
  return sideFiles(capture)?.journals ?? [];
}

/** Whether the journals beside a capture have these texts. */
export function isInJournals(capture: string, ...texts: readonly string[]): boolean {
  const all = Buffer.concat(journalsOf(capture).map((path) => readFileSync(path)));
  return texts.every((text) => all.includes(text));
}
