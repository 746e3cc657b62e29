import type { Socket } from 'node:net';
import { RewriteError, type Sink } from '../../../serialize/output/sinks.js';
import { ACKNOWLEDGEMENT } from '../messages.js';

type Done = (error?: Error | null) => void;

/**
 * Sends records to the parent process. They count as written when the parent has written them: until then the writer keeps them.
 * When the parent is gone, all that it has not acknowledged goes to another sink.
 */
export class RecordSink implements Sink {
  readonly name = 'the parent process';
  size = 0;
  private acknowledged = 0;
  /** Whether bytes have been sent since the last that were acknowledged. */
  private isDirty = false;
  private writing: Done | undefined;
  private settling: Done | undefined;
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
    this.isDirty = true;
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
    if (!this.isDirty) return done();
    this.settling = done;
    this.check();
  }

  /** The parent is gone: what it has not acknowledged is written again, to the other sink. */
  move(): void {
    if (this.isGone) return;
    this.isGone = true;
    const waiting = this.writing ?? this.settling;
    this.writing = undefined;
    this.settling = undefined;
    this.socket.destroy();
    if (!waiting) return;
    this.isDirty = false;
    waiting(new RewriteError());
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
    if (!this.settling || this.acknowledged < this.size) return;
    const done = this.settling;
    this.settling = undefined;
    this.isDirty = false;
    done();
  }

  private writeOther(chunks: readonly Buffer[], done: Done): void {
    if (this.mustRewrite()) return done(new RewriteError());
    this.other ??= this.openOther();
    this.other.then((sink) => sink.write(chunks, done), done);
  }

  private settleOther(done: Done): void {
    if (this.mustRewrite()) return done(new RewriteError());
    if (!this.other) return done();
    this.other.then((sink) => (sink.settle ? sink.settle(done) : done()), done);
  }

  /** Whether the parent has taken the beginning of a record whose end would go to the other sink. */
  private mustRewrite(): boolean {
    const { isDirty } = this;
    this.isDirty = false;
    return isDirty;
  }
}
