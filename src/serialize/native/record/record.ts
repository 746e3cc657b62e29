import { crc32 } from 'node:zlib';

/**
 * The head of a record: magic `TSF1` (4 bytes), writer (8), kind (2), flags (2), length of the metadata (4), length of
 * the bodies (8), CRC-32 of these 28 bytes and the metadata (4). All numbers are unsigned and little endian.
 * `docs/flow-format.md` describes the whole format.
 */
export interface RecordHead {
  kind: number;
  flags: number;
  metadataLength: number;
  bodiesLength: number;
}

/** Size of a head in bytes. */
export const HEAD_SIZE = 32;
/** The first bytes of each record. */
export const MAGIC = Buffer.from('TSF1', 'latin1');
/** A record of one flow. Readers skip records of other kinds. */
export const KIND_FLOW = 1;
/** In the journal: the state of a flow in progress. It replaces earlier states of the same flow. */
export const KIND_LIVE_FLOW = 2;
/** In the journal: further bytes of a body of a flow in progress. */
export const KIND_LIVE_BYTES = 3;
/** In the journal: a flow in progress has ended, and is in the capture. */
export const KIND_LIVE_END = 4;
/** Between processes: a label, with data about the next flow. Readers skip it. */
export const KIND_LABEL = 5;
/** The metadata is compressed with gzip. */
export const FLAG_GZIP = 0x0001;
/** The metadata is compressed with zstd. */
export const FLAG_ZSTD = 0x0002;
/** Bodies may be compressed, as stated in their entries. */
export const FLAG_CODED_BODIES = 0x0004;
/** The flags known to this version. A record with an unknown flag cannot be read. */
export const KNOWN_FLAGS = FLAG_GZIP | FLAG_ZSTD | FLAG_CODED_BODIES;
/** The metadata version that this program writes. Readers reject newer ones. */
export const METADATA_VERSION = 1;
/** Maximum size of metadata. Longer metadata is treated as damage, to limit allocations caused by a flipped bit. */
export const METADATA_LIMIT = 64 * 1024 * 1024;

const WRITER = 4;
/** Bytes that identify the writer of a record. */
export const WRITER_SIZE = 8;
const CHECKED = 28;
const MAGIC_NUMBER = MAGIC.readUInt32LE(0);
const TWO_32 = 0x1_0000_0000;

/**
 * Writes a head in front of the metadata in `target`.
 * @param at offset of the head; the metadata begins `HEAD_SIZE` bytes later
 * @param writer 8 bytes
 */
export function encodeHead(
  target: Buffer,
  at: number,
  writer: Buffer,
  metadataLength: number,
  bodiesLength: number,
  flags = 0,
  kind = KIND_FLOW,
): void {
  target.writeUInt32LE(MAGIC_NUMBER, at);
  writer.copy(target, at + WRITER);
  target.writeUInt16LE(kind, at + 12);
  target.writeUInt16LE(flags, at + 14);
  target.writeUInt32LE(metadataLength, at + 16);
  target.writeUInt32LE(bodiesLength % TWO_32, at + 20);
  target.writeUInt32LE(Math.floor(bodiesLength / TWO_32), at + 24);
  target.writeUInt32LE(checksum(target, at, metadataLength), at + CHECKED);
}

/**
 * Decodes a head of `HEAD_SIZE` bytes. Its CRC has yet to be checked with `headMatches`.
 * @returns undefined if the magic is missing, or a length is impossible
 */
export function decodeHead(bytes: Buffer, at: number): RecordHead | undefined {
  if (bytes.readUInt32LE(at) !== MAGIC_NUMBER) return undefined;
  const metadataLength = bytes.readUInt32LE(at + 16);
  const bodiesLength = bytes.readUInt32LE(at + 20) + bytes.readUInt32LE(at + 24) * TWO_32;
  if (metadataLength > METADATA_LIMIT || !Number.isSafeInteger(bodiesLength)) return undefined;
  return {
    kind: bytes.readUInt16LE(at + 12),
    flags: bytes.readUInt16LE(at + 14),
    metadataLength,
    bodiesLength,
  };
}

/** The length of a record with its bodies, from its head, whose CRC is not checked; 0 if it is not a record of this kind. */
export function recordLength(bytes: Buffer, at: number, kind: number): number {
  if (bytes.readUInt32LE(at) !== MAGIC_NUMBER || bytes.readUInt16LE(at + 12) !== kind) return 0;
  return HEAD_SIZE + bytes.readUInt32LE(at + 16) + bytes.readUInt32LE(at + 20) + bytes.readUInt32LE(at + 24) * TWO_32;
}

/** Whether the CRC matches the head and the metadata, which must be in memory. */
export function headMatches(bytes: Buffer, at: number, metadataLength: number): boolean {
  return bytes.readUInt32LE(at + CHECKED) === checksum(bytes, at, metadataLength);
}

/** The writer of a record: a random number shared by all records of one run of a writer. */
export function writerOf(bytes: Buffer, at: number): Buffer {
  return bytes.subarray(at + WRITER, at + WRITER + WRITER_SIZE);
}

/** Whether a record has this writer. */
export function isWriter(writer: Buffer, bytes: Buffer, at: number): boolean {
  return (
    writer.readUInt32LE(0) === bytes.readUInt32LE(at + WRITER) &&
    writer.readUInt32LE(4) === bytes.readUInt32LE(at + WRITER + 4)
  );
}

function checksum(bytes: Buffer, at: number, metadataLength: number): number {
  const metadata = at + HEAD_SIZE;
  return crc32(bytes.subarray(metadata, metadata + metadataLength), headChecksum(bytes, at));
}

/** Computes the same CRC as `crc32`. For the few bytes of a head, a native call would cost more. */
function headChecksum(bytes: Buffer, start: number): number {
  let crc = -1;
  for (let at = start; at < start + CHECKED; at++) crc = CRC_TABLE[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Table of the CRC-32 of ISO 3309, as in gzip (RFC 1952 section 8). */
const CRC_TABLE: Readonly<Int32Array> = Int32Array.from({ length: 256 }, (_zero, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});
