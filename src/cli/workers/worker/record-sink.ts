import type { Socket } from 'node:net';
import { RewriteError, type Sink } from '../../../serialize/output/sinks.js';
import { ACKNOWLEDGEMENT, PARENT_PACE } from '../messages.js';

type Done = (error?: Error | null) => void;

/**
 * Sends records to the parent process, without waiting for its acknowledgement of earlier ones: sent records reach it even if
 * this process is killed. The writer keeps them until the parent has written and acknowledged them. If the parent ends before,
 * they go to another sink.
 */
export class RecordSink implements Sink {
  readonly name = 'the parent process';
  readonly settlesLater = true;
  readonly pace = PARENT_PACE;
  size = 0;
  private acknowledged = 0;
  private writing: Done | undefined;
  /** Callbacks in order, each with the size at which it is called. */
  private readonly settling: { readonly size: number; readonly done: Done }[] = [];
  /** The parent has ended without acknowledging everything, and the writer does not know it yet. */
  private mustRewrite = false;
  private received: Buffer = Buffer.alloc(0);
  private isGone = false;
  private other: Promise<Sink> | undefined;

  /** @param openOther called if something is left when the parent is gone */
  constructor(
    private readonly socket: Socket,
    private readonly openOther: () => Promise<Sink>,
  ) {
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', () => this.move());
    socket.on('close', () => this.move());
  }

  write(chunks: readonly Buffer[], done: Done): void {
    if (this.isGone) return this.writeOther(chunks, done);
    this.writing = done;
    const { socket } = this;
    socket.cork();
    for (const [at, chunk] of chunks.entries()) {
      this.size += chunk.length;
      socket.write(chunk, at === chunks.length - 1 ? this.sent : undefined);
    }
    socket.uncork();
  }

  settle(done: Done): void {
    if (this.isGone) return this.settleOther(done);
    if (this.acknowledged >= this.size) return done();
    this.settling.push({ size: this.size, done });
  }

  /** The parent is gone: the records that it has not acknowledged are written again, to the other sink. */
  move(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.socket.destroy();
    const { writing } = this;
    const [settling] = this.settling.splice(0);
    this.writing = undefined;
    if (writing) return writing(new RewriteError());
    // The writer may be busy with a job, whose next write has to fail.
    this.mustRewrite = this.acknowledged < this.size;
    settling?.done(new RewriteError());
  }

  async close(): Promise<void> {
    if (this.isGone) return (await this.other)?.close();
    this.isGone = true;
    await new Promise<void>((resolve) => this.socket.end(resolve));
  }

  private readonly sent: Done = (error) => {
    if (this.isGone) return;
    if (error) return this.move();
    const done = this.writing;
    this.writing = undefined;
    done?.();
  };

  private receive(chunk: Buffer): void {
    const bytes = this.received.length > 0 ? Buffer.concat([this.received, chunk]) : chunk;
    const end = bytes.length - (bytes.length % ACKNOWLEDGEMENT);
    if (end > 0) this.acknowledged = bytes.readDoubleLE(end - ACKNOWLEDGEMENT);
    this.received = bytes.subarray(end);
    this.check();
  }

  private check(): void {
    const { settling } = this;
    while (settling.length > 0 && settling[0]!.size <= this.acknowledged) settling.shift()!.done();
  }

  private writeOther(chunks: readonly Buffer[], done: Done): void {
    if (this.tellsRewrite(done)) return;
    this.other ??= this.openOther();
    this.other.then((sink) => sink.write(chunks, done), done);
  }

  private settleOther(done: Done): void {
    if (this.tellsRewrite(done)) return;
    if (!this.other) return done();
    this.other.then((sink) => (sink.settle ? sink.settle(done) : done()), done);
  }

  /** Without this, the end of a record whose beginning the parent has taken would go to the other sink. */
  private tellsRewrite(done: Done): boolean {
    if (!this.mustRewrite) return false;
    this.mustRewrite = false;
    done(new RewriteError());
    return true;
  }
}
