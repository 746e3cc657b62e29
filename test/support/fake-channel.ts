import { Duplex } from 'node:stream';
import type { Channel } from '../../src/engine/net/channel.js';

/** A connection that is no socket: what is given comes in, what goes out is remembered. */
export class FakeChannel implements Channel {
  ended = false;
  /** How it was ended early, if it was. */
  over: 'reset' | 'broken off' | 'closed' | undefined;
  private readonly written: Buffer[] = [];
  readonly stream = new Duplex({
    read() {},
    write: (bytes: Buffer, _encoding, done) => {
      this.written.push(bytes);
      done();
    },
    final: (done) => {
      this.ended = true;
      done();
    },
  });

  get sentBytes(): Buffer {
    return Buffer.concat(this.written);
  }
  get sent(): string {
    return this.sentBytes.toString();
  }
  get destroyed(): boolean {
    return this.stream.destroyed;
  }
  /** What the peer sends; null is its end. */
  give(content: string | Buffer | null): void {
    this.stream.push(typeof content === 'string' ? Buffer.from(content) : content);
  }
  destroy(): void {
    this.stream.destroy();
  }
  reset(): void {
    this.over ??= 'reset';
    this.stream.destroy();
  }
  resetConnection(): void {
    this.over ??= 'broken off';
    this.stream.destroy();
  }
  destroySoon(): void {
    this.stream.end();
  }
  lingeringClose(): void {
    if (this.destroyed) return;
    this.over ??= 'closed';
    this.stream.removeAllListeners('data');
    this.stream.on('data', () => {});
    this.stream.resume();
    this.stream.end(() => this.stream.destroy());
  }
  probe(): void {}
  secured(): Channel {
    return this;
  }
}
