import { existsSync } from 'node:fs';
import { KIND_LIVE_FLOW, MAGIC } from '../record/record.js';

/** Path of the journal of flows in progress, beside their capture. */
export function livePath(capture: string): string {
  return `${capture}.live`;
}

/** The journal beside a capture, if there is one: the recording is running, or was interrupted. */
export function leftJournal(capture: string): string | undefined {
  const path = livePath(capture);
  return existsSync(path) ? path : undefined;
}

/** Whether a file that begins with these bytes is a journal. */
export function isJournal(beginning: Buffer): boolean {
  return (
    beginning.length >= 14 && beginning.subarray(0, 4).equals(MAGIC) && beginning.readUInt16LE(12) === KIND_LIVE_FLOW
  );
}
