import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { later } from './later.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/**
 * Bytes that this process holds on to, in the heap and in buffers. The resident set also has what was released and what the
 * allocator keeps, and depends on the machine.
 */
export function liveBytes(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Resolves when objects without references are gone, also those that only a `WeakRef` of this turn has. */
export async function collected(): Promise<void> {
  await later();
  collect();
  await later();
  collect();
}
