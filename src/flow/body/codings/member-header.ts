import { DecodingError } from '../decoding.js';

const MAGIC = [0x1f, 0x8b, 8] as const;
const FIXED = 10;
/** Larger than any header of a real sender. */
const MAX_HEADER = 16 * 1024;
const FLAG = { crc: 2, extra: 4, name: 8, comment: 16 } as const;

/** More members are not looked at one by one, because each takes a decoder of its own. */
export const MAX_MEMBERS = 1000;

/** Bytes behind the content of a member: its CRC-32 and its size. */
export const TRAILER = 8;

/** Whether a member of gzip may begin here (RFC 1952 section 2.3). */
export function beginsMember(bytes: Buffer): boolean {
  return MAGIC.every((byte, at) => at >= bytes.length || bytes[at] === byte);
}

/** The size of the header of a member. @returns undefined if it is incomplete @throws DecodingError */
export function headerLength(bytes: Buffer): number | undefined {
  if (!beginsMember(bytes)) throw new DecodingError('incorrect header check');
  const flags = bytes[3] ?? 0;
  let at = FIXED;
  if (flags & FLAG.extra) at += 2 + (at + 2 <= bytes.length ? bytes.readUInt16LE(at) : 0);
  for (const flag of [FLAG.name, FLAG.comment]) {
    if (!(flags & flag)) continue;
    const end = at < bytes.length ? bytes.indexOf(0, at) : -1;
    at = end < 0 ? bytes.length + 1 : end + 1;
  }
  if (flags & FLAG.crc) at += 2;
  if (at <= bytes.length) return at;
  if (bytes.length > MAX_HEADER) throw new DecodingError('header too long');
  return undefined;
}
