import { readFileSync } from 'node:fs';

const MIB = 1024 * 1024;
/** `USER_HZ`: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Largest resident set of a process so far in MiB (`VmHWM`, proc(5)); undefined where there is no `/proc`. */
export function peakRss(pid: number): number | undefined {
  return statusField(pid, 'VmHWM');
}

/** Resident set of a process in MiB (`VmRSS`, proc(5)); undefined where there is no `/proc`. */
export function currentRss(pid: number): number | undefined {
  return statusField(pid, 'VmRSS');
}

/** CPU time that a process has used with all its threads, in seconds; undefined where there is no `/proc`. */
export function cpuSeconds(pid: number): number | undefined {
  const stat = readProc(pid, 'stat');
  if (stat === undefined) return undefined;
  // The fields after the command, which stands in parentheses and may hold anything: utime and stime are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function statusField(pid: number, name: string): number | undefined {
  const kib = new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(readProc(pid, 'status') ?? '')?.[1];
  return kib === undefined ? undefined : (Number(kib) * 1024) / MIB;
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return undefined;
  }
}
