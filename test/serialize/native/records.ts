import { crc32, gunzipSync, gzipSync } from 'node:zlib';
import { Packr, Unpackr } from 'msgpackr';
import { codecOf } from '../../../src/serialize/compression/codec.js';

/** The part of the metadata that tests look at. */
interface Metadata extends Level {
  type: string;
  client: Level;
  server: Level & { tls: Level & { certificates?: Buffer[]; leafSha256?: Buffer } };
  request: Level;
  response?: Level;
  bodies?: (Level & { kind: string; length: number; size: number; count?: number; coding?: string })[];
}

interface Level {
  [key: string]: unknown;
}

/** A record taken apart, by nothing but the format's description. */
export interface Record {
  offset: number;
  writer: Buffer;
  kind: number;
  flags: number;
  metadata: Metadata;
  bodies: Buffer;
}

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });

/** Takes a sound flow file apart. */
export function splitRecords(bytes: Buffer): Record[] {
  const records: Record[] = [];
  for (let at = 0; at < bytes.length; ) {
    const metadataEnd = at + 32 + bytes.readUInt32LE(at + 16);
    const end = metadataEnd + Number(bytes.readBigUInt64LE(at + 20));
    records.push({
      offset: at,
      writer: bytes.subarray(at + 4, at + 12),
      kind: bytes.readUInt16LE(at + 12),
      flags: bytes.readUInt16LE(at + 14),
      metadata: unpackr.unpack(unpacked(bytes.subarray(at + 32, metadataEnd), bytes.readUInt16LE(at + 14))),
      bodies: bytes.subarray(metadataEnd, end),
    });
    at = end;
  }
  return records;
}

function unpacked(metadata: Buffer, flags: number): Buffer {
  if (flags & 1) return gunzipSync(metadata);
  return flags & 2 ? codecOf('zstd').decompress(metadata, metadata.length * 1000) : metadata;
}

/** A record of which the metadata is compressed with gzip. */
export function joinPacked(record: Parameters<typeof joinRecord>[0]): Buffer {
  const metadata = Buffer.isBuffer(record.metadata) ? record.metadata : Buffer.from(packr.pack(record.metadata));
  return joinRecord({ ...record, flags: (record.flags & ~3) | 1, metadata: gzipSync(metadata) });
}

/** Puts a record together. @param bodiesLength what its head says of the bodies */
export function joinRecord(
  record: Omit<Record, 'offset' | 'metadata'> & { metadata: unknown },
  bodiesLength = record.bodies.length,
): Buffer {
  const metadata = Buffer.isBuffer(record.metadata) ? record.metadata : Buffer.from(packr.pack(record.metadata));
  const head = Buffer.alloc(32);
  head.write('TSF1', 'latin1');
  record.writer.copy(head, 4);
  head.writeUInt16LE(record.kind, 12);
  head.writeUInt16LE(record.flags, 14);
  head.writeUInt32LE(metadata.length, 16);
  head.writeBigUInt64LE(BigInt(bodiesLength), 20);
  head.writeUInt32LE(crc32(metadata, crc32(head.subarray(0, 28))), 28);
  return Buffer.concat([head, metadata, record.bodies]);
}
