import { type ByteSource, MemorySource } from './byte-source.js';
import { PagedLog } from './paged-log.js';
import type { SpoolPolicy } from './spool-policy.js';

/** Arrival of one event of an event stream. */
export interface EventMark {
  /** Offset of the event in the body, in bytes before content-decoding. */
  offset: number;
  /** When the first byte of the event arrived, in seconds since the epoch. */
  timestamp: number;
}

/** Bytes of a mark: the offset as uint64 and the time as float64, both little-endian. */
export const MARK_SIZE = 16;
const TWO_32 = 0x1_0000_0000;
const PAGE = 64 * MARK_SIZE;

/**
 * Arrival times of the events of an event stream, so that it can be replayed at its original pace. Append-only; in memory
 * first, then on disk, like messages. The format is in `docs/flow-format.md`.
 */
export class EventMarks {
  count = 0;
  private log = new PagedLog(PAGE, PAGE);

  /** Keeps the marks that are appended from now on. Without this call they are only counted. */
  keepIn(policy: SpoolPolicy): void {
    this.log.keepIn(policy);
  }

  /** Marks that are stored in a capture file. */
  static of(source: ByteSource | undefined, count: number): EventMarks {
    const marks = new EventMarks();
    marks.log = new PagedLog(PAGE, PAGE, source);
    marks.count = count;
    return marks;
  }

  /**
   * Marks for a body in which ranges were replaced.
   * @param stored the bytes of all marks
   * @param edits in order: the bytes from `start` to `end` were replaced by `text`, in which each character is one byte
   */
  static moved(
    stored: Buffer,
    count: number,
    edits: readonly { start: number; end: number; text: string }[],
  ): EventMarks {
    const bytes = Buffer.from(stored);
    let next = 0;
    let by = 0;
    for (let at = 0; at + MARK_SIZE <= bytes.length; at += MARK_SIZE) {
      const offset = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * TWO_32;
      for (let edit = edits[next]; edit && edit.end <= offset; edit = edits[++next]) {
        by += edit.text.length - (edit.end - edit.start);
      }
      bytes.writeUInt32LE((offset + by) % TWO_32, at);
      bytes.writeUInt32LE(Math.floor((offset + by) / TWO_32), at + 4);
    }
    return EventMarks.of(new MemorySource(bytes), count);
  }

  /** Bytes of all marks. */
  get size(): number {
    return this.count * MARK_SIZE;
  }

  /** The bytes of the log, for writers of capture files; undefined for an empty log. */
  get stored(): ByteSource | undefined {
    return this.log.stored;
  }

  /** Resolves when it is known whether the bytes could be kept; undefined if that is known already. */
  settled(): Promise<void> | undefined {
    return this.log.settled();
  }

  /** @returns false if the producer should wait for `drained` */
  append(offset: number, timestamp: number): boolean {
    this.count++;
    const { log } = this;
    if (!log.isKept) return true;
    const keepsUp = log.reserve(MARK_SIZE);
    const { page, filled } = log;
    page.writeUInt32LE(offset % TWO_32, filled);
    page.writeUInt32LE(Math.floor(offset / TWO_32), filled + 4);
    page.writeDoubleLE(timestamp, filled + 8);
    log.filled = filled + MARK_SIZE;
    return keepsUp;
  }

  /** Resolves when the spool file has caught up. @throws Error (of `fs`) if it cannot be written */
  drained(): Promise<void> {
    return this.log.drained();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<EventMark> {
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of this.stored?.read() ?? []) {
      const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      let at = 0;
      for (; bytes.length - at >= MARK_SIZE; at += MARK_SIZE) {
        const offset = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * TWO_32;
        yield { offset, timestamp: bytes.readDoubleLE(at + 8) };
      }
      rest = bytes.subarray(at);
    }
  }

  /** A copy of the marks so far. It shares their bytes and must be released as well. */
  clone(): EventMarks {
    const copy = EventMarks.of(undefined, this.count);
    copy.log = this.log.clone();
    return copy;
  }

  release(): void {
    this.log.release();
  }
}
