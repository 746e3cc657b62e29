import { existsSync } from 'node:fs';
import { KIND_LIVE_FLOW, MAGIC } from '../record/record.js';

/** Path of the journal of flows in progress, beside their capture. */
export function livePath(capture: string): string {
  return `${capture}.live`;
}

/** Path of the file that is to replace a journal; it stays if the program is killed before. */
export function compactedPath(journal: string): string {
  return `${journal}.new`;
}

/** Path of the journal of a worker process. @param worker from 1 */
export function workerJournal(capture: string, worker: number): string {
  return livePath(`${capture}.${worker}`);
}

/** Path of the file into which a worker process saves ended flows after its parent has ended without writing them. */
export function unsavedPath(capture: string, worker: number): string {
  return `${capture}.${worker}.unsaved`;
}

/** Maximum number of worker processes, and so of journals and unsaved files beside a capture. */
export const MAX_WORKERS = 64;

/** The side files of a capture: files that a recording stores beside it, for recovery. */
export interface SideFiles {
  /** Journals: the recording is in progress, or was interrupted. */
  readonly journals: readonly string[];
  /** Flow files of workers with ended flows that the capture may lack. */
  readonly unsaved: readonly string[];
}

/** The files of a recording beside its capture; undefined without such files. */
export function sideFiles(capture: string): SideFiles | undefined {
  const numbers = Array.from({ length: MAX_WORKERS }, (_, at) => at + 1);
  const journals = [livePath(capture), ...numbers.map((number) => workerJournal(capture, number))].filter(existsSync);
  const unsaved = numbers.map((number) => unsavedPath(capture, number)).filter(existsSync);
  return journals.length + unsaved.length > 0 ? { journals, unsaved } : undefined;
}

/** Whether a path has the name of a side file, which is read together with its capture. */
export function isSideFile(path: string): boolean {
  return path.endsWith(livePath('')) || path.endsWith('.unsaved');
}

/** Whether a file that begins with these bytes is a journal. */
export function isJournal(beginning: Buffer): boolean {
  return (
    beginning.length >= 14 && beginning.subarray(0, 4).equals(MAGIC) && beginning.readUInt16LE(12) === KIND_LIVE_FLOW
  );
}
