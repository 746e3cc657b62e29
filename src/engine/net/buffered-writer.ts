import type { Duplex } from 'node:stream';

/** Number of bytes not accepted by the kernel above which a writer is full. */
const HIGH_WATER = 128 * 1024;
/** From this many bytes on, flush without waiting for the end of the turn. */
const ENOUGH = 64 * 1024;
/** Up to this total size, pieces are copied into one write: cheaper than a vectored write. */
const COPY_LIMIT = 8 * 1024;

/** A writer with pending writes. */
interface Flushable {
  flush(): void;
}

/**
 * Flushes all writes of an event loop turn after every readable socket was served. A head and a body that arrive
 * separately leave in one write, and a sleeping peer process is woken once instead of once per connection.
 */
export class FlushScheduler {
  private readonly waiting: Flushable[] = [];

  add(writer: Flushable): void {
    if (this.waiting.length === 0) setImmediate(this.end);
    this.waiting.push(writer);
  }

  private readonly end = (): void => {
    for (const writer of this.waiting.splice(0)) writer.flush();
  };
}

/** The writing side of a socket; while HTTP is served, all writes go through it. */
export class BufferedWriter {
  /** Called when `full` becomes false. */
  onDrain: () => void = () => {};
  private readonly unsent: Buffer[] = [];
  private size = 0;
  /** Bytes written to the stream. */
  private passed = 0;
  /** Index in `unsent` of the last head; -1 if it was flushed, or if other bytes were written after it. */
  private headAt = -1;

  constructor(
    readonly socket: Duplex,
    private readonly scheduler: FlushScheduler,
  ) {
    socket.on('drain', () => this.onDrain());
  }

  /** Writes the head of a message; `takeBackHead` can retract it for a moment. */
  writeHead(head: Buffer): void {
    this.put(head);
    this.headAt = this.unsent.length - 1;
  }

  /** Writes bytes without copying them. */
  write(bytes: Buffer): void {
    const { unsent } = this;
    this.headAt = -1;
    const last = unsent.at(-1);
    // Usually a head and a body came in one read: join them.
    if (last && last.buffer === bytes.buffer && last.byteOffset + last.length === bytes.byteOffset) {
      unsent[unsent.length - 1] = Buffer.from(last.buffer, last.byteOffset, last.length + bytes.length);
      this.grew(bytes.length);
    } else this.put(bytes);
  }

  /** Takes back a head if no bytes were written after it. @returns false if it is too late */
  takeBackHead(): boolean {
    if (this.headAt < 0) return false;
    this.size -= this.unsent.pop()!.length;
    this.headAt = -1;
    return true;
  }

  /** Writes all pending bytes to the stream without waiting for the end of the turn. */
  flush(): void {
    const { unsent, socket, size } = this;
    if (unsent.length === 0) return;
    if (unsent.length === 1) socket.write(unsent[0]!);
    else if (size <= COPY_LIMIT) socket.write(Buffer.concat(unsent, size));
    else {
      socket.cork();
      for (const bytes of unsent) socket.write(bytes);
      socket.uncork();
    }
    unsent.length = 0;
    this.passed += size;
    this.size = 0;
    this.headAt = -1;
  }

  /** Bytes written so far, flushed or not. */
  get written(): number {
    return this.passed + this.size;
  }

  /** Bytes passed to the stream. */
  get flushed(): number {
    return this.passed;
  }

  /** Bytes that the stream has passed to the system. */
  get taken(): number {
    return this.passed - this.socket.writableLength;
  }

  /** True while the peer reads more slowly than we write. */
  get full(): boolean {
    return this.socket.writableLength > HIGH_WATER;
  }

  /** Resolves when the peer has accepted all written bytes. Rejects if it disconnects. */
  drained(): Promise<void> {
    return new Promise((resolve, reject) => {
      const { socket } = this;
      const closed = (): void => reject(new Error('The receiver closed the connection.'));
      if (socket.destroyed) return closed();
      socket.once('close', closed);
      return socket.once('drain', () => {
        socket.off('close', closed);
        resolve();
      });
    });
  }

  private put(bytes: Buffer): void {
    if (this.unsent.length === 0) this.scheduler.add(this);
    this.unsent.push(bytes);
    this.grew(bytes.length);
  }

  private grew(bytes: number): void {
    this.size += bytes;
    if (this.size >= ENOUGH) this.flush();
  }
}
