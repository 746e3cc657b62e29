import type { ByteSource } from '../../../flow/body/body.js';

/** A payload that was left out of a outline. */
export interface Omitted {
  /** Where it would begin, in the bytes of the outline. */
  readonly at: number;
  readonly length: number;
  /** Where the payload is; undefined if nobody wants it, or it was converted. */
  readonly raw: ByteSource | undefined;
  /** What the payload was found to hold, if it is a list of messages. */
  readonly messages: HoleMessages | undefined;
}

export interface HoleMessages {
  count: number;
  /** Bytes of all contents. */
  size: number;
  /** The messages in the form of a `MessageLog`; undefined if nobody wants them. */
  log: ByteSource | undefined;
}

/**
 * A record without the payloads that may be large, so that it can be kept in memory and decoded at once. The lengths in it are
 * those of the whole record.
 */
export class RecordOutline {
  constructor(
    readonly bytes: Buffer,
    readonly start: number,
    readonly end: number,
    /** In order. */
    readonly holes: readonly Omitted[],
    /** Where the record begins in the input. */
    readonly offset: number,
  ) {}

  /** Whether the whole record can be put together again. */
  get complete(): boolean {
    return this.holes.every(({ raw }) => raw !== undefined);
  }

  /** The same without the payloads, for a flow whose bodies nobody wants. */
  withoutPayloads(): RecordOutline {
    const holes = this.holes.map(({ at, length, messages }) => ({
      at,
      length,
      raw: undefined,
      messages: messages && { ...messages, log: undefined },
    }));
    return new RecordOutline(this.bytes, this.start, this.end, holes, this.offset);
  }

  release(): void {
    for (const { raw, messages } of this.holes) {
      raw?.release();
      messages?.log?.release();
    }
  }
}
