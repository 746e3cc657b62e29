import { crc32 } from 'node:zlib';
import type { ByteSource } from '../../../flow/body/body.js';
import { ByteLog } from '../../../flow/body/byte-log.js';
import { MemorySource } from '../../../flow/body/byte-source.js';
import { SpoolPolicy } from '../../../flow/body/spool-policy.js';
import type { Flow } from '../../../flow/flow.js';
import type { Headers } from '../../../flow/http/headers.js';
import { type Compression, codecOf } from '../../compression/codec.js';
import type { NativeSource } from '../native-source.js';
import { readChecksum, setChecksum } from './body-checksum.js';
import type { ListedBody } from './body-list.js';
import { CodedBody } from './coded-body.js';
import { compressInto, isWorthwhile } from './compress-into.js';

/** Bodies up to this size are compressed in one call rather than piece by piece. */
const SMALL = 64 * 1024;

/**
 * Converts bodies to the form in which they are stored in a record, and updates their entries. A damaged body keeps its
 * form, so that the damage stays detectable.
 */
export class BodyCoder {
  /**
   * @param wanted undefined keeps the form of bodies from a flow file
   * @param policy for bodies that are compressed piece by piece
   */
  constructor(
    private readonly wanted: Compression | 'none' | undefined,
    private readonly policy = new SpoolPolicy(),
  ) {}

  /** The compression of new metadata and bodies of a flow. @param source the record that the flow was read from */
  target(source: NativeSource | undefined): Compression | 'none' {
    return this.wanted ?? source?.coding ?? 'none';
  }

  /**
   * Converts a body that is in memory, or can be stored as it is.
   * @returns false if the bytes have to be read first: by `codeLater`, or by `readChecksum` if only the CRC is missing
   */
  code(body: ListedBody, flow: Flow, source: NativeSource | undefined): boolean {
    const recorded = source?.crcOf(body.source);
    if (this.isCopied(body.source, recorded, source)) return keep(body, recorded);
    const compression = this.compression(body, flow, source);
    if (!compression) return setPlain(body, recorded);
    const bytes = body.source!.size <= SMALL ? body.source!.buffer : undefined;
    if (!bytes) return false;
    if (recorded !== undefined && !(body.source instanceof CodedBody) && crc32(bytes) !== recorded) {
      return keep(body, recorded);
    }
    const compressed = codecOf(compression).compress(bytes);
    if (!isWorthwhile(compressed.length, bytes.length)) return setPlain(body, recorded);
    setCoded(body, compression, new MemorySource(compressed), crc32(compressed));
    return true;
  }

  /**
   * Like `code`, for a body of any size.
   * @returns a log to be released when the body was written
   * @throws Error if the body cannot be read, or the compressed data cannot be stored
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

  /** Whether a body is copied as stored in the flow's record. */
  private isCopied(
    bytes: ByteSource | undefined,
    recorded: number | undefined,
    source: NativeSource | undefined,
  ): boolean {
    const { wanted } = this;
    if (bytes instanceof CodedBody) return wanted === undefined || wanted === bytes.coding;
    // An uncompressed body in a compressed record was not worth compressing.
    return recorded !== undefined && (wanted === undefined || wanted === source?.coding);
  }

  private compression(body: ListedBody, flow: Flow, source: NativeSource | undefined): Compression | undefined {
    const target = this.target(source);
    if (target === 'none' || !body.source) return undefined;
    return isCompressible(flow, body.entry.kind, body.source.size) ? target : undefined;
  }

  /** @returns undefined if compression does not save enough, or the bytes are damaged */
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

/** Keeps a body as stored, compressed or not. @returns false if it has to be read to compute the CRC */
function keep(body: ListedBody, recorded: number | undefined): boolean {
  const { source } = body;
  if (!(source instanceof CodedBody)) return setChecksum(body, recorded);
  setCoded(body, source.coding, source.stored, source.storedCrc, source.size);
  return true;
}

/** Stores a body uncompressed. @returns false if it has to be read to compute the CRC */
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

/** Bodies below this size are not compressed. */
const TINY = 128;
/** Media types whose content is already compressed. */
const COMPRESSED_TYPE =
  /^(?:image\/(?!svg|bmp|x-ms-bmp|x-icon|vnd\.microsoft\.icon)|video\/|audio\/(?!wav|x-wav|midi)|font\/woff|application\/(?:font-woff|x-font-woff|zip|gzip|x-gzip|zstd|x-7z|x-rar|vnd\.rar|x-bzip|x-xz|java-archive|vnd\.openxmlformats))/i;

/** Whether compression may save space, judged by the size and the headers. */
function isCompressible(flow: Flow, kind: string, size: number): boolean {
  if (size < TINY) return false;
  if (flow.type !== 'http') return true;
  if (kind === 'request') return mayShrink(flow.request.headers);
  return kind !== 'response' || !flow.response || mayShrink(flow.response.headers);
}

function mayShrink(headers: Headers): boolean {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase();
  if (encoding && encoding !== 'identity') return false;
  return !COMPRESSED_TYPE.test(headers.get('content-type')?.trim() ?? '');
}
