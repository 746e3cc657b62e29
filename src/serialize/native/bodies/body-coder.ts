import { crc32 } from 'node:zlib';
import type { ByteSource } from '../../../flow/body/body.js';
import { ByteLog } from '../../../flow/body/bytelog.js';
import { SpoolPolicy } from '../../../flow/body/spool-policy.js';
import type { Flow } from '../../../flow/flow.js';
import { type Compression, codecOf } from '../../compression/codec.js';
import { MemoryBody } from '../../input/memory-body.js';
import type { NativeSource } from '../native-source.js';
import { readChecksum, setChecksum } from './body-checksum.js';
import type { ListedBody } from './body-list.js';
import { CodedBody } from './coded-body.js';
import { compressInto, isWorthwhile } from './compress-into.js';
import { isCompressible } from './compressible.js';

/** What is compressed at once rather than piece by piece. */
const SMALL = 64 * 1024;

/**
 * Brings bodies into the form in which they go into a record, and fills in what their entries say of it. A damaged body
 * is left in the form that it has, so that the damage stays visible.
 */
export class BodyCoder {
  /**
   * @param wanted undefined: what comes from a flow file stays as it is
   * @param policy for what is compressed piece by piece
   */
  constructor(
    private readonly wanted: Compression | 'none' | undefined,
    private readonly policy = new SpoolPolicy(),
  ) {}

  /** How what is new in a flow is compressed. @param source where the flow comes from */
  target(source: NativeSource | undefined): Compression | 'none' {
    return this.wanted ?? source?.coding ?? 'none';
  }

  /** @returns false if the bytes have to be read first: either by `codeLater` or, if only the CRC lacks, by `readChecksum` */
  code(body: ListedBody, flow: Flow, source: NativeSource | undefined): boolean {
    const recorded = source?.crcOf(body.source);
    if (this.stays(body.source, recorded, source)) return keep(body, recorded);
    const compression = this.compression(body, flow, source);
    if (!compression) return setPlain(body, recorded);
    const bytes = body.source!.size <= SMALL ? body.source!.buffer : undefined;
    if (!bytes) return false;
    if (recorded !== undefined && !(body.source instanceof CodedBody) && crc32(bytes) !== recorded) {
      return keep(body, recorded);
    }
    const compressed = codecOf(compression).compress(bytes);
    if (!isWorthwhile(compressed.length, bytes.length)) return setPlain(body, recorded);
    setCoded(body, compression, new MemoryBody(compressed), crc32(compressed));
    return true;
  }

  /**
   * Does what `code` does, for a body of any size.
   * @returns what has to be released when the body was written
   * @throws Error if it cannot be read, or be kept while it is compressed
   */
  async codeLater(body: ListedBody, flow: Flow, source: NativeSource | undefined): Promise<ByteLog | undefined> {
    const recorded = source?.crcOf(body.source);
    const compression = this.compression(body, flow, source);
    const log = compression && (await this.compress(body.source!, compression, recorded));
    if (log) {
      setCoded(body, compression, log, log.crc);
      return log;
    }
    if (!setPlain(body, recorded)) await readChecksum(body);
    if (isDamaged(body.source)) keep(body, recorded);
    return undefined;
  }

  /** Whether a body is copied as it stands in the record that the flow comes from. */
  private stays(
    bytes: ByteSource | undefined,
    recorded: number | undefined,
    source: NativeSource | undefined,
  ): boolean {
    const { wanted } = this;
    if (bytes instanceof CodedBody) return wanted === undefined || wanted === bytes.coding;
    // Where the metadata is compressed, so is each body for which it is worthwhile.
    return recorded !== undefined && (wanted === undefined || wanted === source?.coding);
  }

  private compression(body: ListedBody, flow: Flow, source: NativeSource | undefined): Compression | undefined {
    const target = this.target(source);
    if (target === 'none' || !body.source) return undefined;
    return isCompressible(flow, body.entry.kind, body.source.size) ? target : undefined;
  }

  /** @returns undefined if it is not worthwhile, or the bytes are damaged */
  private async compress(
    bytes: ByteSource,
    compression: Compression,
    recorded: number | undefined,
  ): Promise<ByteLog | undefined> {
    const log = new ByteLog(this.policy);
    try {
      const crc = await compressInto(log, bytes.read(), codecOf(compression));
      const intact = bytes instanceof CodedBody ? !bytes.damaged : recorded === undefined || crc === recorded;
      if (crc !== undefined && intact) return log;
    } catch (error) {
      log.release();
      throw error;
    }
    log.release();
    return undefined;
  }
}

/** As it is, compressed or not. @returns false if the CRC has to be found by reading */
function keep(body: ListedBody, recorded: number | undefined): boolean {
  const { source } = body;
  if (!(source instanceof CodedBody)) return setChecksum(body, recorded);
  setCoded(body, source.coding, source.stored, source.storedCrc, source.size);
  return true;
}

/** @returns false if the CRC has to be found by reading */
function setPlain(body: ListedBody, recorded: number | undefined): boolean {
  const { entry, source } = body;
  entry.coding = undefined;
  if (source) entry.length = source.size;
  return setChecksum(body, source instanceof CodedBody ? undefined : recorded);
}

function setCoded(
  body: ListedBody,
  coding: Compression,
  stored: ByteSource,
  crc: number,
  size = body.source!.size,
): void {
  Object.assign(body.entry, { coding, decodedLength: size, length: stored.size, crc });
  body.source = stored;
}

function isDamaged(source: ByteSource | undefined): boolean {
  return source instanceof CodedBody && source.damaged;
}
