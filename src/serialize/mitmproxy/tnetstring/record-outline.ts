import type { ByteSource } from '../../../flow/body/body.js';

/** A payload that was omitted from an outline. */
export interface Omitted {
  /** The offset in the bytes of the outline at which it would begin. */
  readonly at: number;
  readonly length: number;
  /** The payload; undefined if it is not needed, or was converted. */
  readonly raw: ByteSource | undefined;
  /** The messages in the payload, if it is a list of messages. */
  readonly messages: HoleMessages | undefined;
}

export interface HoleMessages {
  count: number;
  /** Bytes of all contents. */
  size: number;
  /** The messages in the form of a `MessageLog`; undefined if they are not needed. */
  log: ByteSource | undefined;
}

/**
 * A record without its potentially large payloads, so that it can be held in memory and decoded in one go. Its lengths
 * are those of the whole record.
 */
export class RecordOutline {
  constructor(
    readonly bytes: Buffer,
    readonly start: number,
    readonly end: number,
    /** Ordered by position. */
    readonly holes: readonly Omitted[],
    /** Offset of the record in the input. */
    readonly offset: number,
  ) {}

  /** Whether the whole record can be reassembled. */
  get complete(): boolean {
    return this.holes.every(({ raw }) => raw !== undefined);
  }

  /** A copy without the payloads, for a flow whose bodies are not needed. */
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
