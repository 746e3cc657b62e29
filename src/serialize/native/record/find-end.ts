import { SpoolPolicy } from '../../../flow/body/spool-policy.js';
import { releaseFlow } from '../../../flow/flow.js';
import type { AppendPosition } from '../../format.js';
import { DamageLog } from '../../input/damage.js';
import type { FileInput } from '../../input/input-file.js';
import { decodeHead, HEAD_SIZE, headMatches, MAGIC } from './record.js';
import { RecordReader } from './record-reader.js';

/**
 * Finds the end of the last complete record. Bodies are skipped without reading them. Damage followed by a record is kept.
 * @returns undefined if the file has no record, not even the beginning of a first one
 */
export async function findRecordsEnd(file: FileInput): Promise<AppendPosition | undefined> {
  let last = 0;
  for (;;) {
    const offset = file.start + file.at;
    const length = await wholeRecord(file);
    if (length === 0) return { offset };
    if (length === undefined) {
      const torn = offset === 0 && isTorn(file);
      const end = (await lastRecordEnd(file, last)) ?? (torn ? 0 : undefined);
      return end === undefined ? undefined : { offset: end };
    }
    last = offset;
    file.at += length;
  }
}

/** Length of the next record; 0 at the end of the file, undefined if the record is incomplete or damaged. */
async function wholeRecord(file: FileInput): Promise<number | undefined> {
  let available = file.buffer.length - file.at;
  if (available < HEAD_SIZE) available = await file.fill(HEAD_SIZE);
  if (available < HEAD_SIZE) return available === 0 ? 0 : undefined;
  const head = decodeHead(file.buffer, file.at);
  if (!head) return undefined;
  const metadataEnd = HEAD_SIZE + head.metadataLength;
  if (available < metadataEnd) available = await file.fill(metadataEnd);
  if (available < metadataEnd || !headMatches(file.buffer, file.at, head.metadataLength)) return undefined;
  const length = metadataEnd + head.bodiesLength;
  return file.reaches(length) ? length : undefined;
}

/** Finds the end with a reader, which continues after damage. @param from offset of a record */
async function lastRecordEnd(file: FileInput, from: number): Promise<number | undefined> {
  file.back(from);
  const damage = new DamageLog(file.name, false, () => {});
  const options = { policy: new SpoolPolicy(), onDamage: () => {} };
  const reader = new RecordReader({ input: file, options, damage, onFlow: releaseFlow });
  await reader.run();
  return reader.end;
}

/** Whether the rest of the file is the beginning of a record. */
function isTorn(file: FileInput): boolean {
  const { at, buffer } = file;
  if (buffer.length - at < HEAD_SIZE) return MAGIC.subarray(0, buffer.length - at).equals(buffer.subarray(at, at + 4));
  const head = decodeHead(buffer, at);
  return head !== undefined && !file.reaches(HEAD_SIZE + head.metadataLength + head.bodiesLength);
}
