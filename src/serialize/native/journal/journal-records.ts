import type { FileInput } from '../../input/input-file.js';
import { decodeHead, HEAD_SIZE, headMatches, type RecordHead } from '../record/record.js';

/** Longer records are treated as damage. Writers limit them to one megabyte and a chunk. */
const LONGEST = 64 * 1024 * 1024;

/** A record of a journal. Its buffers are parts of a larger block. */
export interface JournalRecord {
  readonly kind: number;
  readonly metadata: Buffer;
  /** A piece of a body. */
  readonly bytes: Buffer;
  /** The record itself. */
  readonly whole: Buffer;
}

/** Reads the records of a journal. Ends at the first one that is incomplete or damaged. */
export async function* journalRecords(input: FileInput): AsyncGenerator<JournalRecord> {
  for (let head = await nextHead(input); head; head = await nextHead(input)) {
    const { buffer, at } = input;
    const start = at + HEAD_SIZE;
    const end = start + head.metadataLength;
    input.at = end + head.bodiesLength;
    const whole = buffer.subarray(at, input.at);
    yield { kind: head.kind, metadata: buffer.subarray(start, end), bytes: buffer.subarray(end, input.at), whole };
  }
}

/** The head of the next record; undefined if the record is incomplete. */
async function nextHead(input: FileInput): Promise<RecordHead | undefined> {
  if (!(await hasBytes(input, HEAD_SIZE))) return undefined;
  const head = decodeHead(input.buffer, input.at);
  if (!head || head.bodiesLength > LONGEST) return undefined;
  if (!(await hasBytes(input, HEAD_SIZE + head.metadataLength + head.bodiesLength))) return undefined;
  return headMatches(input.buffer, input.at, head.metadataLength) ? head : undefined;
}

async function hasBytes(input: FileInput, bytes: number): Promise<boolean> {
  return input.buffer.length - input.at >= bytes || (await input.fill(bytes)) >= bytes;
}
