import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { LINES_HEAD, PARENT_PACE, type TerminalFacts } from '../messages.js';

type Done = (error?: Error | null) => void;

/** Sends lines for one of the parent's streams. Lines written together stay together. */
export class ParentStream extends Writable {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  readonly discards: boolean;
  /** Whether lines are dropped. */
  muted = false;

  constructor(
    private readonly socket: Socket,
    private readonly target: number,
    { isTTY, columns, discards }: TerminalFacts,
  ) {
    super({ highWaterMark: 1024 * 1024 });
    this.isTTY = isTTY;
    this.columns = columns;
    this.discards = discards;
  }

  /** The stream for `openTerminal`, which uses only the members that this class has. */
  get asTerminal(): WriteStream {
    return this as unknown as WriteStream;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.send([chunk], done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    this.send(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  private send(chunks: readonly Buffer[], done: Done): void {
    if (this.muted) return done();
    const { socket } = this;
    const head = Buffer.allocUnsafe(LINES_HEAD);
    head[0] = this.target;
    head.writeUInt32LE(
      chunks.reduce((sum, { length }) => sum + length, 0),
      1,
    );
    socket.cork();
    socket.write(head);
    chunks.forEach((chunk, at) => {
      socket.write(chunk, at === chunks.length - 1 ? (error) => this.sent(error, done) : undefined);
    });
    socket.uncork();
  }

  /** Waits before the next block, which combines the lines of that time, unless these are many: each block wakes the parent. */
  private sent(error: Error | null | undefined, done: Done): void {
    if (error || this.writableEnded || this.writableNeedDrain) done(error);
    else setTimeout(done, PARENT_PACE);
  }
}
