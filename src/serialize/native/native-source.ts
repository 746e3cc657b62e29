import type { ByteSource } from '../../flow/body/body.js';
import type { FlowSource } from '../../flow/flow.js';
import type { Compression } from '../compression/codec.js';
import type { Input } from '../input/input.js';
import type { ListedBody } from './bodies/body-list.js';
import { HEAD_SIZE } from './record/record.js';

/** Where a flow of a native flow file comes from, so that it can be copied as bytes, or written with all that it had. */
export class NativeSource implements FlowSource {
  readonly format = 'native';
  untouched = false;
  /** Set if the record was only copied from a capture, and may lack bodies that stand there. */
  copied = false;

  constructor(
    /** Holds head and metadata from `start` to `end`. */
    private readonly block: Buffer,
    private readonly start: number,
    private readonly end: number,
    readonly bodies: readonly ListedBody[],
    /** Where the record begins in the input. */
    readonly offset: number,
    /** True if it was found behind damage, and may be the content of a body that is a flow file itself. */
    readonly recovered: boolean,
    /** Where it was read. */
    readonly input: Input,
    /** How the metadata of the record is compressed. */
    readonly coding?: Compression,
    /** The metadata after decompressing. */
    private readonly unpacked?: Buffer,
  ) {}

  /** The same for a flow whose bodies nobody wanted. */
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

  /** The metadata as it is in the record. */
  get storedMetadata(): Buffer {
    return this.block.subarray(this.start + HEAD_SIZE, this.end);
  }

  get bodyBytes(): number | undefined {
    if (this.copied) return undefined;
    let bytes = 0;
    for (const { entry } of this.bodies) bytes += entry.length;
    return bytes;
  }

  /** Where the first body begins in the input. */
  get bodiesOffset(): number {
    return this.offset + this.end - this.start;
  }

  /** The CRC that the record gives for a body of it. */
  crcOf(body: ByteSource | undefined): number | undefined {
    for (const { entry, source } of this.bodies) if (source && source === body) return entry.crc;
    return undefined;
  }

  /** Whether the metadata is these bytes. */
  hasMetadata(bytes: Buffer, length: number): boolean {
    const { block, start, end, unpacked } = this;
    if (unpacked) return unpacked.length === length && bytes.compare(unpacked, 0, length, 0, length) === 0;
    if (end - start - HEAD_SIZE !== length) return false;
    return bytes.compare(block, start + HEAD_SIZE, end, 0, length) === 0;
  }
}
