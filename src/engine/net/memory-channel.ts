import { Duplex } from 'node:stream';
import type { Channel } from './channel.js';

/** A connection inside the process: bytes written at one end are read at the other. */
export function memoryConnection(): { channel: Channel; peer: Duplex } {
  const stream = new End();
  const peer = new End();
  stream.other = peer;
  peer.other = stream;
  return { channel: new MemoryChannel(stream), peer };
}

class End extends Duplex {
  other: End | undefined;
  private readonly written: (() => void)[] = [];

  constructor() {
    super({ allowHalfOpen: true });
  }

  override _read(): void {
    for (const done of this.written.splice(0)) done();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    const { other } = this;
    if (!other || other.destroyed) return done(new Error('the other end is closed'));
    if (chunk.length === 0 || other.push(chunk)) return done();
    other.written.push(done);
  }

  override _final(done: (error?: Error) => void): void {
    if (this.other && !this.other.destroyed) this.other.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    for (const written of this.written.splice(0)) written();
    const { other } = this;
    // Destroying an end before it has finished resets the other end.
    if (other && !other.destroyed && !this.writableFinished) other.destroy(new Error('connection reset by the peer'));
    done(error);
  }
}

class MemoryChannel implements Channel {
  constructor(readonly stream: Duplex) {}

  get destroyed(): boolean {
    return this.stream.destroyed;
  }

  destroy(): void {
    this.stream.destroy();
  }

  reset(): void {
    this.stream.destroy();
  }

  resetConnection(): void {
    if (this.stream.writableLength === 0) this.stream.destroy();
    else this.stream.write(Buffer.alloc(0), () => this.stream.destroy());
  }

  destroySoon(): void {
    this.lingeringClose();
  }

  lingeringClose(): void {
    const { stream } = this;
    if (stream.destroyed) return;
    stream.removeAllListeners('data');
    stream.resume();
    stream.end(() => stream.destroy());
  }

  probe(): void {}

  secured(): Channel {
    throw new Error('A connection inside the program has no TLS');
  }
}
