import { crc32 } from 'node:zlib';

/**
 * The head of a record: magic `TSF1` (4 bytes), writer (8), kind (2), flags (2), length of the metadata (4), length of
 * the bodies (8), CRC-32 of these 28 bytes and the metadata (4). All numbers are unsigned and little endian.
 * `docs/flow-format.md` has the whole format.
 */
export interface RecordHead {
  /** The same random number in all records of one writing. */
  writer: bigint;
  kind: number;
  flags: number;
  metadataLength: number;
  bodiesLength: number;
}

export const HEAD_SIZE = 32;
export const MAGIC = Buffer.from('TSF1', 'latin1');
/** Records of this kind hold one flow. Readers skip those of other kinds. */
export const KIND_FLOW = 1;
/** Flags that this version understands: none yet. A record with another one cannot be read. */
export const KNOWN_FLAGS = 0;
/** More metadata than this is taken for damage: it keeps a flipped bit from asking for gigabytes. */
export const METADATA_LIMIT = 64 * 1024 * 1024;

const CHECKED = 28;
const MAGIC_NUMBER = MAGIC.readUInt32LE(0);
const TWO_32 = 0x1_0000_0000;

/**
 * Writes a head in front of metadata that already stands in `target`.
 * @param at where the head begins; the metadata begins `HEAD_SIZE` bytes later
 * @param writer 8 bytes
 */
export function encodeHead(
  target: Buffer,
  at: number,
  writer: Buffer,
  metadataLength: number,
  bodiesLength: number,
): void {
  target.writeUInt32LE(MAGIC_NUMBER, at);
  writer.copy(target, at + 4);
  target.writeUInt16LE(KIND_FLOW, at + 12);
  target.writeUInt16LE(0, at + 14);
  target.writeUInt32LE(metadataLength, at + 16);
  target.writeUInt32LE(bodiesLength % TWO_32, at + 20);
  target.writeUInt32LE(Math.floor(bodiesLength / TWO_32), at + 24);
  target.writeUInt32LE(checksum(target, at, metadataLength), at + CHECKED);
}

/**
 * Reads a head of `HEAD_SIZE` bytes, which has yet to be checked with `headMatches`.
 * @returns undefined if there is no magic, or a length that no writer writes
 */
export function decodeHead(bytes: Buffer, at: number): RecordHead | undefined {
  if (bytes.readUInt32LE(at) !== MAGIC_NUMBER) return undefined;
  const metadataLength = bytes.readUInt32LE(at + 16);
  const bodiesLength = bytes.readUInt32LE(at + 20) + bytes.readUInt32LE(at + 24) * TWO_32;
  if (metadataLength > METADATA_LIMIT || !Number.isSafeInteger(bodiesLength)) return undefined;
  return {
    writer: bytes.readBigUInt64LE(at + 4),
    kind: bytes.readUInt16LE(at + 12),
    flags: bytes.readUInt16LE(at + 14),
    metadataLength,
    bodiesLength,
  };
}

/** Whether the CRC fits a head and the metadata behind it, which have to be there as a whole. */
export function headMatches(bytes: Buffer, at: number, metadataLength: number): boolean {
  return bytes.readUInt32LE(at + CHECKED) === checksum(bytes, at, metadataLength);
}

function checksum(bytes: Buffer, at: number, metadataLength: number): number {
  const metadata = at + HEAD_SIZE;
  return crc32(bytes.subarray(metadata, metadata + metadataLength), crc32(bytes.subarray(at, at + CHECKED)));
}
