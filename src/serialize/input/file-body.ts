import { crc32 } from 'node:zlib';
import type { ByteSource } from '../../flow/body/body.js';

/** A reference-counted file that allows random access until all users have released it. */
export interface FileRanges {
  readonly name: string;
  /** The bytes, if they are currently in memory. */
  inBlock(offset: number, size: number): Buffer | undefined;
  /** Reads this many bytes; fewer only at the end of the file. */
  readRange(offset: number, length: number): Promise<Buffer>;
  retain(): void;
  release(): void;
}

const READ_SIZE = 256 * 1024;

/** A body in a capture file. Its CRC is checked while it is read. */
export class FileBody implements ByteSource {
  private checked: boolean;
  private intact = true;
  private released = false;
  private held: Buffer | undefined;

  constructor(
    private readonly file: FileRanges,
    private readonly offset: number,
    readonly size: number,
    /** The expected CRC-32, if the format has one. */
    readonly crc?: number,
    /** Called once if the CRC does not match. */
    private readonly onDamage: () => void = () => {},
  ) {
    this.checked = crc === undefined;
    file.retain();
  }

  get buffer(): Buffer | undefined {
    const bytes = this.held ?? this.file.inBlock(this.offset, this.size);
    if (bytes && !this.checked) this.check(crc32(bytes));
    return bytes;
  }

  /** Keeps a copy of the bytes until the release, if they are in memory: a view would keep the block of the file around them. */
  hold(): void {
    const bytes = this.file.inBlock(this.offset, this.size);
    this.held = bytes && Buffer.from(bytes);
  }

  /** Checks the CRC if the bytes are in memory. */
  checkInMemory(): void {
    if (!this.checked) void this.buffer;
  }

  async *read(): AsyncGenerator<Buffer> {
    const { buffer } = this;
    if (buffer) {
      yield buffer;
      return;
    }
    if (this.released) throw new Error('The body is no longer kept');
    yield* this.ranges();
  }

  release(): void {
    if (this.released) return;
    this.released = true;
    this.held = undefined;
    this.file.release();
  }

  /** Whether the CRC matches. Reads the bytes if they have not been checked. */
  async verify(): Promise<boolean> {
    if (!this.checked) for await (const _chunk of this.ranges());
    return this.intact;
  }

  private async *ranges(): AsyncGenerator<Buffer> {
    this.file.retain();
    try {
      let crc = 0;
      for (let at = 0; at < this.size; ) {
        const chunk = await this.file.readRange(this.offset + at, Math.min(READ_SIZE, this.size - at));
        if (chunk.length === 0) throw new Error(`${this.file.name} was truncated while it was read`);
        crc = crc32(chunk, crc);
        at += chunk.length;
        if (at === this.size && !this.checked) this.check(crc);
        yield chunk;
      }
    } finally {
      this.file.release();
    }
  }

  private check(crc: number): void {
    this.checked = true;
    this.intact = crc === this.crc;
    if (!this.intact) this.onDamage();
  }
}
