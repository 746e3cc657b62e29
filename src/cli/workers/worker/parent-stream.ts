import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { LINES_HEAD, type TerminalFacts } from '../messages.js';

/** Lines for a stream of the parent. What is written at once stays together. */
export class ParentStream extends Writable {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  /** Whether lines are dropped. */
  muted = false;

  constructor(
    private readonly socket: Socket,
    private readonly target: number,
    { isTTY, columns }: TerminalFacts,
  ) {
    super({ highWaterMark: 1024 * 1024 });
    this.isTTY = isTTY;
    this.columns = columns;
  }

  /** As `openTerminal` takes it, which uses only what this has. */
  get asTerminal(): WriteStream {
    return this as unknown as WriteStream;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.muted) return done();
    const head = Buffer.allocUnsafe(LINES_HEAD);
    head[0] = this.target;
    head.writeUInt32LE(chunk.length, 1);
    this.socket.cork();
    this.socket.write(head);
    this.socket.write(chunk, done);
    this.socket.uncork();
  }
}
