import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { findProgram } from './programs.js';

/**
 * Reserves the first processor for the measured program: this process and the programs that it starts move to the others.
 * @returns the command line that starts a program on the first one; empty without `taskset` or with only one processor
 */
export function reserveProcessor(): string[] {
  const [first, ...others] = allowedProcessors();
  const taskset = findProgram('taskset');
  if (!taskset || others.length === 0) return [];
  const moved = spawnSync(taskset, ['-a', '-p', '-c', others.join(','), String(process.pid)], { stdio: 'ignore' });
  return moved.status === 0 ? [taskset, '-c', String(first)] : [];
}

/** Numbers of the processors that this process may use (`Cpus_allowed_list`, proc(5)); empty without `/proc`. */
function allowedProcessors(): number[] {
  let status: string;
  try {
    status = readFileSync('/proc/self/status', 'latin1');
  } catch {
    return [];
  }
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [from = Number.NaN, to = from] = range.split('-').map(Number);
    return Array.from({ length: Math.max(0, to - from + 1) || 0 }, (_, at) => from + at);
  });
}
