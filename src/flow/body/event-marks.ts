import type { ByteSource } from './body.js';
import { ByteLog } from './bytelog.js';
import type { SpoolPolicy } from './spool-policy.js';
import { Users } from './users.js';

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
/** Bytes of marks that are collected before they are appended to the log: a small buffer costs more than it holds. */
const PAGE = 64 * MARK_SIZE;

/**
 * Arrival times of the events of an event stream, so that it can be replayed at its original pace. Append-only; in memory
 * first, then on disk, like messages. The format is in `docs/flow-format.md`.
 */
export class EventMarks {
  count = 0;
  private log: ByteSource | undefined;
  private policy: SpoolPolicy | undefined;
  /** Buffer for the next marks; those before `filled` are not in the log yet. */
  private page: Buffer = Buffer.alloc(0);
  private filled = 0;
  /** Reference count of the log, once there are copies. */
  private users: Users | undefined;
  private released = false;

  /** Keeps the marks that are appended from now on. Without this call they are only counted. */
  keepIn(policy: SpoolPolicy): void {
    this.policy = policy;
  }

  /** Marks that are stored in a capture file. */
  static of(source: ByteSource | undefined, count: number): EventMarks {
    const marks = new EventMarks();
    marks.log = source;
    marks.count = count;
    return marks;
  }

  /**
   * Marks for a body in which ranges were replaced.
   * @param stored the bytes of all marks
   * @param edits in order: what stood from `start` to `end` is now `text`, a byte for each character
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
    return EventMarks.of({ size: bytes.length, buffer: bytes, read: () => once(bytes), release: () => {} }, count);
  }

  /** Bytes of all marks. */
  get size(): number {
    return this.count * MARK_SIZE;
  }

  /** The bytes of the log, for writers of capture files; undefined if there are none. */
  get stored(): ByteSource | undefined {
    this.flush();
    return this.log;
  }

  /** @returns false if the producer should wait for `drained` */
  append(offset: number, timestamp: number): boolean {
    this.count++;
    if (!this.policy) return true;
    if (this.page.length - this.filled < MARK_SIZE) this.page = Buffer.allocUnsafeSlow(PAGE);
    const { page, filled } = this;
    page.writeUInt32LE(offset % TWO_32, filled);
    page.writeUInt32LE(Math.floor(offset / TWO_32), filled + 4);
    page.writeDoubleLE(timestamp, filled + 8);
    this.filled += MARK_SIZE;
    return this.filled < page.length || this.flush();
  }

  /** Resolves when the spool file has caught up. @throws Error (of `fs`) if it cannot be written */
  async drained(): Promise<void> {
    if (this.log instanceof ByteLog) await this.log.drained();
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
    this.flush();
    const copy = EventMarks.of(undefined, this.count);
    const { log } = this;
    if (!log) return copy;
    this.users ??= new Users();
    copy.users = this.users.add();
    copy.log = log instanceof ByteLog ? log.snapshot() : log;
    return copy;
  }

  release(): void {
    if (this.released) return;
    this.released = true;
    this.flush();
    if (!this.users || this.users.leave()) this.log?.release();
  }

  /** Appends the buffered marks to the log. @returns false if the disk is behind */
  private flush(): boolean {
    const { page, filled } = this;
    if (filled === 0 || !this.policy) return true;
    this.page = page.subarray(filled);
    this.filled = 0;
    const log = (this.log as ByteLog | undefined) ?? new ByteLog(this.policy);
    this.log = log;
    return log.append(page.subarray(0, filled));
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
