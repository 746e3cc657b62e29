import { crc32 } from 'node:zlib';
import type { ByteSource } from '../../../flow/body/body.js';
import type { ListedBody } from './body-list.js';

/** A source that knows the CRC-32 of its bytes: a log of live traffic, or a body of a flow file. */
interface CheckedSource extends ByteSource {
  readonly crc: number;
}

/**
 * Sets the CRC of a body, unless it would have to be read from disk for this.
 * @param recorded the expected CRC: a copy keeps it, so that damage stays detectable
 * @returns false if the CRC was not set
 */
export function setChecksum({ entry, source }: ListedBody, recorded: number | undefined): boolean {
  if (!source || source.size === 0) return true;
  if (recorded !== undefined) entry.crc = recorded;
  else if (isChecked(source)) entry.crc = source.crc;
  else if (source.buffer) entry.crc = crc32(source.buffer);
  else return false;
  return true;
}

/** Sets the CRC by reading all bytes. */
export async function readChecksum(body: ListedBody): Promise<void> {
  if (setChecksum(body, undefined)) return;
  body.entry.crc = 0;
  for await (const chunk of body.source!.read()) body.entry.crc = crc32(chunk, body.entry.crc);
}

function isChecked(source: ByteSource): source is CheckedSource {
  return 'crc' in source && typeof source.crc === 'number';
}
