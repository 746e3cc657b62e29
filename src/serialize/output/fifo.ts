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
  /** Called once if there is no reader yet. */
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
 * Writes to a named pipe. It is opened without blocking (fifo(7)): a thread of libuv's pool that blocks in `open` or
 * `write` cannot be interrupted, and `process.exit` waits for these threads.
 */
export class FifoSink extends StreamSink {
  /** As in `FileSink`. */
  readonly isRegular = false;

  private constructor(
    path: string,
    socket: Socket,
    private readonly facts: Stats,
  ) {
    super(path, socket);
  }

  /** Waits for a reader. @throws OutputError also if the signal ends the wait */
  static async open(path: string, options: FifoOptions = {}): Promise<FifoSink> {
    try {
      const fd = await openForWriting(path, options);
      const facts = await promisify(fstat)(fd);
      return new FifoSink(path, new Socket({ fd, readable: false, writable: true }), facts);
    } catch (error) {
      throw new OutputError(path, error);
    }
  }

  /** Whether the path still refers to the opened pipe. */
  async isInPlace(): Promise<boolean> {
    const now = await stat(this.name).catch(() => undefined);
    return now !== undefined && now.dev === this.facts.dev && now.ino === this.facts.ino;
  }

  /** Deleting a pipe loses no flows. */
  forgetIfDeleted(): Promise<boolean> {
    return Promise.resolve(false);
  }

  override close(): Promise<void> {
    this.stream.destroy();
    return Promise.resolve();
  }
}

/**
 * Opens a named pipe for reading, without blocking; it stays silent until there is a writer.
 * @throws Error (of `fs`)
 */
export async function readFifo(path: string): Promise<Socket> {
  const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

async function openForWriting(path: string, { onWaiting, signal }: FifoOptions): Promise<number> {
  for (let waiting = false; ; ) {
    try {
      return await promisify(open)(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      // The error of fifo(7) for a pipe without a reader.
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
    }
    if (!waiting) onWaiting?.(path);
    waiting = true;
    await delay(RETRY_AFTER, undefined, { signal });
  }
}
