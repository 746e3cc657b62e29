import { readFileSync } from 'node:fs';

const MIB = 1024 * 1024;
/** `USER_HZ`: 100 on all Linux platforms that Node supports. */
const TICKS_PER_SECOND = 100;

/** Peak resident set of a process in MiB (`VmHWM`, proc(5)); undefined without `/proc`. */
export function peakRss(pid: number): number | undefined {
  return statusField(pid, 'VmHWM');
}

/** Resident set of a process in MiB (`VmRSS`, proc(5)); undefined without `/proc`. */
export function currentRss(pid: number): number | undefined {
  return statusField(pid, 'VmRSS');
}

/** CPU time of a process with all its threads, in seconds; undefined without `/proc`. */
export function cpuSeconds(pid: number): number | undefined {
  const fields = statFields(pid);
  return fields && (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** CPU time of ended children of this process and of the children they waited for, in seconds. */
export function childrenCpuSeconds(): number | undefined {
  const fields = statFields('self');
  return fields && (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

/** The fields of proc(5) from the third on; the second, the command in parentheses, may contain any character. */
function statFields(pid: number | 'self'): string[] | undefined {
  const stat = readProc(pid, 'stat');
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function statusField(pid: number, name: string): number | undefined {
  const kib = new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(readProc(pid, 'status') ?? '')?.[1];
  return kib === undefined ? undefined : (Number(kib) * 1024) / MIB;
}

function readProc(pid: number | 'self', file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return undefined;
  }
}
