import type { ByteSource } from '../../flow/body/body.js';
import type { FlowSource } from '../../flow/flow.js';
import type { Compression } from '../compression/codec.js';
import { FileBody } from '../input/file-body.js';
import type { Input } from '../input/input.js';
import type { ListedBody } from './bodies/body-list.js';
import { storedBytes } from './bodies/coded-body.js';
import { HEAD_SIZE } from './record/record.js';

/**
 * The record that a flow was read from. It allows copying the flow as bytes, and writing a changed flow with the unknown data
 * of its record.
 */
export class NativeSource implements FlowSource {
  readonly format = 'native';
  untouched = false;
  strict = false;
  /** Whether the record is a copy that may lack the bodies of the original. */
  copied = false;

  constructor(
    /** Contains head and metadata from `start` to `end`. */
    private readonly block: Buffer,
    private readonly start: number,
    private readonly end: number,
    readonly bodies: readonly ListedBody[],
    /** Offset of the record in the input. */
    readonly offset: number,
    /** Whether the record was found after damage. Such a record may be part of a body that is a flow file. */
    readonly recovered: boolean,
    /** The input that it was read from. */
    readonly input: Input,
    /** Compression of the record's metadata. */
    readonly coding?: Compression,
    /** The decompressed metadata. */
    private readonly unpacked?: Buffer,
  ) {}

  /** A copy of the source for a flow without bodies. */
  withoutBodies(): NativeSource {
    const bodies = this.bodies.map(({ entry }) => ({ entry, source: undefined }));
    const { block, start, end, offset, recovered, input, coding, unpacked } = this;
    return new NativeSource(block, start, end, bodies, offset, recovered, input, coding, unpacked);
  }

  get head(): Buffer {
    return this.block.subarray(this.start, this.start + HEAD_SIZE);
  }

  get metadata(): Buffer {
    return this.unpacked ?? this.storedMetadata;
  }

  /** The metadata as stored in the record. */
  get storedMetadata(): Buffer {
    return this.block.subarray(this.start + HEAD_SIZE, this.end);
  }

  get bodyBytes(): number | undefined {
    if (this.copied) return undefined;
    let bytes = 0;
    for (const { entry } of this.bodies) bytes += entry.length;
    return bytes;
  }

  /**
   * The size of the record with its bodies, if it is in the window of its input, at `offset`; else undefined. Checks the CRCs of
   * the bodies.
   */
  sizeInWindow(): number | undefined {
    if (this.copied) return undefined;
    const { input, offset } = this;
    let size = this.end - this.start;
    for (const { entry, source } of this.bodies) {
      if (entry.length > 0 && !source) return undefined;
      size += entry.length;
    }
    if (offset < input.start || offset + size > input.start + input.buffer.length) return undefined;
    this.checkBodies();
    return size;
  }

  /** Checks the CRCs of bodies that are in memory, once. */
  checkBodies(): void {
    for (const { source } of this.bodies) {
      const stored = storedBytes(source);
      if (stored instanceof FileBody) stored.checkInMemory();
    }
  }

  /** Keeps the bodies that are in memory. @param responses whether the body of the response is kept, too */
  holdBodies(responses: boolean): void {
    for (const { entry, source } of this.bodies) {
      if (!responses && entry.kind === 'response') continue;
      const stored = storedBytes(source);
      if (stored instanceof FileBody) stored.hold();
    }
  }

  /** Offset of the first body in the input. */
  get bodiesOffset(): number {
    return this.offset + this.end - this.start;
  }

  /** The record's CRC of one of its bodies. */
  crcOf(body: ByteSource | undefined): number | undefined {
    for (const { entry, source } of this.bodies) if (source && source === body) return entry.crc;
    return undefined;
  }

  /** Whether the metadata equals these bytes. */
  hasMetadata(bytes: Buffer, length: number): boolean {
    const { block, start, end, unpacked } = this;
    if (unpacked) return unpacked.length === length && bytes.compare(unpacked, 0, length, 0, length) === 0;
    if (end - start - HEAD_SIZE !== length) return false;
    return bytes.compare(block, start + HEAD_SIZE, end, 0, length) === 0;
  }
}
