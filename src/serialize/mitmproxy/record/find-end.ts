import { SpoolPolicy } from '../../../flow/body/spool-policy.js';
import { releaseFlow } from '../../../flow/flow.js';
import type { AppendPosition } from '../../format.js';
import { DamageLog } from '../../input/damage.js';
import type { FileInput } from '../../input/input-file.js';
import { LONGEST_PREFIX, type Prefix, readPrefix, TAG } from '../tnetstring/tnetstring.js';
import { FlowReader } from './flow-reader.js';

/**
 * Finds the end of the last complete flow, by the lengths. Damage that is followed by a flow is left alone.
 * @returns undefined if no complete flow is found and the file does not begin with a truncated one
 */
export async function findFlowsEnd(file: FileInput): Promise<AppendPosition | undefined> {
  const prefix: Prefix = { start: 0, length: 0 };
  let last = 0;
  for (;;) {
    const offset = file.start + file.at;
    const buffered = file.buffer.length - file.at;
    const available = buffered < LONGEST_PREFIX ? await file.fill(LONGEST_PREFIX) : buffered;
    if (available === 0) return { offset };
    const isPrefix = readPrefix(file.buffer, file.at, file.buffer.length, prefix);
    const length = prefix.start - file.at + prefix.length;
    if (!isPrefix || !file.reaches(length + 1) || !(await isDictionary(file, length))) {
      const torn = offset === 0 && (isPrefix ? !file.reaches(length + 1) : available < LONGEST_PREFIX);
      const end = (await lastFlowEnd(file, last)) ?? (torn ? 0 : undefined);
      return end === undefined ? undefined : { offset: end };
    }
    last = offset;
  }
}

/** Moves past an item if it is a dictionary. */
async function isDictionary(file: FileInput, length: number): Promise<boolean> {
  file.at += length;
  if (file.at >= file.buffer.length) await file.fill(1);
  return file.buffer[file.at++] === TAG.dictionary;
}

/** Falls back to a reader, which finds flows after damage. @param from offset of a flow */
async function lastFlowEnd(file: FileInput, from: number): Promise<number | undefined> {
  file.moveTo(from);
  const damage = new DamageLog(file.name, false, () => {});
  const options = { policy: new SpoolPolicy(), onDamage: () => {} };
  const reader = new FlowReader({ input: file, options, damage, onFlow: releaseFlow });
  await reader.run();
  return reader.end;
}
