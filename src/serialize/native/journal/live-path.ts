import { existsSync } from 'node:fs';
import { KIND_LIVE_FLOW, MAGIC } from '../record/record.js';

/** The journal of flows that still live, beside their capture. */
export function livePath(capture: string): string {
  return `${capture}.live`;
}

/** The journal beside a capture, if there is one: the recording still goes on, or broke off. */
export function leftJournal(capture: string): string | undefined {
  const path = livePath(capture);
  return existsSync(path) ? path : undefined;
}

/** Whether a file that begins like this is such a journal itself. */
export function isJournal(beginning: Buffer): boolean {
  return (
    beginning.length >= 14 && beginning.subarray(0, 4).equals(MAGIC) && beginning.readUInt16LE(12) === KIND_LIVE_FLOW
  );
}
