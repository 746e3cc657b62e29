/** Magic numbers (RFC 8878 section 3.1), little endian; the last four bits of that of a skippable frame vary. */
const FRAME = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
/** Sizes by the flags of the frame header descriptor (section 3.1.1.1). */
const DICTIONARY_ID = [0, 1, 2, 4] as const;
const CONTENT_SIZE = [0, 2, 4, 8] as const;
/** Block type with a single byte of content (section 3.1.1.2). */
const RLE = 1;

/** The field that comes next, and its size in bytes. */
const FIELDS = { magic: 4, skippableSize: 4, descriptor: 1, blockHeader: 3, none: Number.POSITIVE_INFINITY } as const;

/**
 * Follows the frames of a zstd stream without decompressing them, to notice that it is cut off: Node.js 22 does not report that.
 * Damage is left to the decompressor.
 */
export class ZstdFrames {
  private field: keyof typeof FIELDS = 'magic';
  /** The bytes of the field so far, and their number. */
  private value = 0;
  private got = 0;
  /** Bytes to skip before the field. */
  private skip = 0;
  private hasChecksum = false;

  /** Whether the bytes so far end with a frame. */
  get isWhole(): boolean {
    return this.skip === 0 && this.got === 0 && (this.field === 'magic' || this.field === 'none');
  }

  add(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && this.field !== 'none'; ) {
      if (this.skip > 0) {
        const count = Math.min(this.skip, bytes.length - at);
        this.skip -= count;
        at += count;
        continue;
      }
      this.value += bytes[at++]! * 2 ** (8 * this.got++);
      if (this.got < FIELDS[this.field]) continue;
      const { value } = this;
      this.value = 0;
      this.got = 0;
      this.take(value);
    }
  }

  private take(value: number): void {
    switch (this.field) {
      case 'magic':
        if (value === FRAME) this.field = 'descriptor';
        else this.field = value - (value % 16) === SKIPPABLE ? 'skippableSize' : 'none';
        return;
      case 'skippableSize':
        this.skip = value;
        this.field = 'magic';
        return;
      case 'descriptor': {
        const isSingleSegment = (value & 0x20) !== 0;
        const contentSize = value >> 6 === 0 && isSingleSegment ? 1 : CONTENT_SIZE[value >> 6]!;
        this.hasChecksum = (value & 0x04) !== 0;
        this.skip = (isSingleSegment ? 0 : 1) + DICTIONARY_ID[value & 3]! + contentSize;
        this.field = 'blockHeader';
        return;
      }
      case 'blockHeader': {
        const isLast = (value & 1) !== 0;
        this.skip = ((value >> 1) & 3) === RLE ? 1 : value >> 3;
        if (!isLast) return;
        if (this.hasChecksum) this.skip += 4;
        this.field = 'magic';
      }
    }
  }
}
