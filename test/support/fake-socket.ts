import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

/** The part of a socket that readers and writers use: tests supply its input, and its output is recorded. */
export class FakeSocket extends EventEmitter {
  destroyed = false;
  writable = true;
  writableLength = 0;
  readableEnded = false;
  isPaused = false;
  readonly written: Buffer[] = [];
  readonly putBack: Buffer[] = [];

  /** Delivers a chunk even if the socket is paused: a chunk that was already read cannot be stopped. */
  give(piece: Buffer | string): void {
    this.emit('data', typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
  }

  giveEnd(): void {
    this.readableEnded = true;
    this.emit('end');
  }

  write(bytes: Buffer, done?: () => void): boolean {
    this.written.push(bytes);
    if (done) queueMicrotask(done);
    return true;
  }

  unshift(bytes: Buffer): void {
    this.putBack.push(bytes);
  }

  pause(): this {
    this.isPaused = true;
    return this;
  }

  resume(): this {
    this.isPaused = false;
    return this;
  }

  cork(): void {}
  uncork(): void {}

  get asSocket(): Socket {
    return this as unknown as Socket;
  }
}
