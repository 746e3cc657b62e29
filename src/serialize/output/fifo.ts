import { constants, fstat, open, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { OutputError } from './sinks.js';
import { StreamSink } from './stream-sink.js';

/** Milliseconds between two attempts to open a named pipe that has no reader. */
const RETRY_AFTER = 50;

export interface FifoOptions {
  /** Called once, if there is no reader yet. */
  onWaiting?: ((path: string) => void) | undefined;
  /** Ends the wait for a reader. */
  signal?: AbortSignal | undefined;
}

export function isFifo(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isFIFO(),
    () => false,
  );
}

/**
 * A named pipe that is written. It is opened without blocking (fifo(7)): a thread of libuv's pool that waits for a reader
 * inside `open` or `write` could not be interrupted, and `process.exit` waits for these threads.
 */
export class FifoSink extends StreamSink {
  /** As `FileSink` has it. */
  readonly isRegular = false;

  private constructor(
    path: string,
    socket: Socket,
    private readonly facts: Stats,
  ) {
    super(path, socket);
  }

  /** Waits until there is a reader. @throws OutputError also when the signal ends the wait */
  static async open(path: string, options: FifoOptions = {}): Promise<FifoSink> {
    try {
      const fd = await openForWriting(path, options);
      const facts = await promisify(fstat)(fd);
      return new FifoSink(path, new Socket({ fd, readable: false, writable: true }), facts);
    } catch (error) {
      throw new OutputError(path, error);
    }
  }

  /** Whether the pipe can still be found where it was opened. */
  async isInPlace(): Promise<boolean> {
    const now = await stat(this.name).catch(() => undefined);
    return now !== undefined && now.dev === this.facts.dev && now.ino === this.facts.ino;
  }

  /** A pipe holds no flows that could be lost with it. */
  forgetIfDeleted(): Promise<boolean> {
    return Promise.resolve(false);
  }

  override close(): Promise<void> {
    this.stream.destroy();
    return Promise.resolve();
  }
}

/** Opens a named pipe for reading, without blocking; it is silent until there is a writer. @throws Error (of `fs`) */
export async function readFifo(path: string): Promise<Socket> {
  const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

async function openForWriting(path: string, { onWaiting, signal }: FifoOptions): Promise<number> {
  for (let waiting = false; ; ) {
    try {
      return await promisify(open)(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      // What fifo(7) says of a pipe that nobody reads.
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
    }
    if (!waiting) onWaiting?.(path);
    waiting = true;
    await delay(RETRY_AFTER, undefined, { signal });
  }
}
