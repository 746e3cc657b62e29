import type { Duplex } from 'node:stream';

/** Beyond this many bytes that the kernel has not taken, whoever feeds a writer is paused. */
const HIGH_WATER = 128 * 1024;
/** Bytes from which on they are passed on without waiting for the end of the turn. */
const ENOUGH = 64 * 1024;
/** Pieces of this size in all are copied into one write: cheaper than a write of several buffers. */
const COPY_LIMIT = 8 * 1024;

/**
 * Passes on what was written in a turn of the event loop when all sockets that had something to read were served. Heads
 * and bodies that came apart leave in one write, and a peer that sleeps is woken once instead of for each connection.
 */
export class FlushScheduler {
  private readonly waiting: BufferedWriter[] = [];

  add(writer: BufferedWriter): void {
    if (this.waiting.length === 0) setImmediate(this.end);
    this.waiting.push(writer);
  }

  private readonly end = (): void => {
    for (const writer of this.waiting.splice(0)) writer.flush();
  };
}

/** The writing side of a socket, and the one way to write to it while HTTP is spoken. */
export class BufferedWriter {
  /** Called when there is room again after `full`. */
  onDrain: () => void = () => {};
  private readonly unsent: Buffer[] = [];
  private size = 0;
  /** Bytes passed on to the stream. */
  private passed = 0;
  /** Where in `unsent` the head is that was written last; -1 if it is on its way, or something was written behind it. */
  private headAt = -1;

  constructor(
    readonly socket: Duplex,
    private readonly scheduler: FlushScheduler,
  ) {
    socket.on('drain', () => this.onDrain());
  }

  /** Writes the head of a message, which can be taken back for a moment. */
  writeHead(head: Buffer): void {
    this.put(head);
    this.headAt = this.unsent.length - 1;
  }

  /** Does not copy the bytes. */
  write(bytes: Buffer): void {
    const { unsent } = this;
    this.headAt = -1;
    const last = unsent.at(-1);
    // The usual answer is a head and a body that came in one read.
    if (last && last.buffer === bytes.buffer && last.byteOffset + last.length === bytes.byteOffset) {
      unsent[unsent.length - 1] = Buffer.from(last.buffer, last.byteOffset, last.length + bytes.length);
      this.grew(bytes.length);
    } else this.put(bytes);
  }

  /** Takes back a head behind which nothing was written yet. @returns false if it is too late */
  takeBackHead(): boolean {
    if (this.headAt < 0) return false;
    this.size -= this.unsent.pop()!.length;
    this.headAt = -1;
    return true;
  }

  /** Passes on what was written, without waiting for the end of the turn. */
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

  /** Bytes written so far, on their way or not. */
  get written(): number {
    return this.passed + this.size;
  }

  /** Bytes that the stream has taken and passed on. */
  get taken(): number {
    return this.passed - this.socket.writableLength;
  }

  /** True while the peer takes less than it is sent. */
  get full(): boolean {
    return this.socket.writableLength > HIGH_WATER;
  }

  /** Resolves when the peer has taken what was written. Rejects if it goes away instead. */
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
