import { crc32 } from 'node:zlib';
import type { ByteSource } from '../../flow/body.js';
import type { ListedBody } from './body-list.js';

/** Sources that know the CRC-32 of their bytes: logs of live traffic, and bodies of a flow file. */
interface CheckedSource extends ByteSource {
  readonly crc: number;
}

const ZEROS = Buffer.alloc(64 * 1024);

/**
 * Fills in the CRC if it is known or cheap.
 * @param recorded the CRC that the bytes should have: a copy keeps it, so that damage stays visible
 * @returns false if the bytes have to be read first
 */
export function setChecksum({ entry, source }: ListedBody, recorded: number | undefined): boolean {
  if (!source || source.size === 0) return true;
  if (recorded !== undefined) entry.crc = recorded;
  else if (isChecked(source)) entry.crc = source.crc;
  else if (source.buffer) entry.crc = crc32(source.buffer);
  else return false;
  return true;
}

/** Fills in the CRC by reading all bytes. */
export async function readChecksum(body: ListedBody): Promise<void> {
  if (setChecksum(body, undefined)) return;
  body.entry.crc = 0;
  for await (const chunk of body.source!.read()) body.entry.crc = crc32(chunk, body.entry.crc);
}

/**
 * Writes bodies behind a head that promised their lengths. So what cannot be read is filled up with zeros, which the
 * CRC shows as damage.
 * @throws Error afterwards, if something could not be read
 */
export async function copyBodies(
  bodies: readonly ListedBody[],
  write: (chunk: Buffer) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const { entry, source } of bodies) {
    if (!source || entry.length === 0) continue;
    let left = entry.length;
    const chunks = source.read()[Symbol.asyncIterator]();
    try {
      while (left > 0) {
        const next = await chunks.next().catch((error: unknown) => {
          failures.push(error);
          return undefined;
        });
        if (!next || next.done) break;
        const chunk = next.value.length > left ? next.value.subarray(0, left) : next.value;
        left -= chunk.length;
        await write(chunk);
      }
    } finally {
      await chunks.return?.();
    }
    if (left > 0 && failures.length === 0) failures.push(new Error('A body is shorter than it was said to be'));
    for (; left > 0; left -= ZEROS.length) await write(left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS);
  }
  if (failures.length > 0) throw failures[0];
}

function isChecked(source: ByteSource): source is CheckedSource {
  return 'crc' in source && typeof source.crc === 'number';
}
