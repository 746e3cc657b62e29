import type { ByteSource } from '../../../flow/body/byte-source.js';

/** Bytes in place of those from `start` to `end`. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly bytes: Buffer;
}

/** The bytes of another source with some of them replaced. The other source has to exist for as long as this one. */
export class SplicedSource implements ByteSource {
  readonly size: number;
  readonly buffer = undefined;

  /** @param replacements in ascending order, without overlaps */
  constructor(
    private readonly original: ByteSource,
    private readonly replacements: readonly Replacement[],
  ) {
    const growth = replacements.reduce((sum, { start, end, bytes }) => sum + bytes.length - (end - start), 0);
    this.size = original.size + growth;
  }

  async *read(): AsyncGenerator<Buffer> {
    const { replacements } = this;
    /** Offset of the next byte of the original. */
    let at = 0;
    let next = 0;
    /** End of the last replaced range. */
    let replacedUpTo = 0;
    let offset = 0;
    for await (const chunk of this.original.read()) {
      const end = offset + chunk.length;
      while (at < end) {
        const replacement = replacements[next];
        const start = replacement?.start ?? Number.POSITIVE_INFINITY;
        if (at < replacedUpTo) at = Math.min(replacedUpTo, end);
        else if (at < start) {
          const to = Math.min(start, end);
          yield chunk.subarray(at - offset, to - offset);
          at = to;
        } else {
          yield replacement!.bytes;
          replacedUpTo = replacement!.end;
          next++;
        }
      }
      offset = end;
    }
    for (const { bytes } of replacements.slice(next)) yield bytes;
  }

  /** The other source belongs to the recorded message. */
  release(): void {}
}
