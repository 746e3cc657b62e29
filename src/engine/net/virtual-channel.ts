import { Duplex } from 'node:stream';
import type { Channel } from './channel.js';

/** One end of a connection without a socket: its owner plays the peer. */
export class VirtualChannel implements Channel {
  readonly stream: Duplex;
  /** Receives the bytes written to the peer. */
  onBytes: (bytes: Buffer) => void = ignore;
  /** Called once, when writing to the peer has ended or the connection is over. */
  onEnd: () => void = ignore;
  private ended = false;
  private peerEnded = false;
  private caughtUp: () => void = ignore;

  constructor() {
    this.stream = new Duplex({
      read: () => this.caughtUp(),
      write: (bytes: Buffer, _encoding, done) => {
        this.onBytes(bytes);
        done();
      },
      final: (done) => {
        this.noteEnd();
        done();
      },
      destroy: (error, done) => {
        this.noteEnd();
        this.caughtUp();
        done(error);
      },
    });
  }

  get destroyed(): boolean {
    return this.stream.destroyed;
  }

  /** Delivers bytes from the peer. @returns a promise if the reader is slow, until it has caught up or has closed */
  push(bytes: Buffer): undefined | Promise<void> {
    if (this.peerEnded || this.stream.destroyed || this.stream.push(bytes)) return undefined;
    return new Promise((resolve) => {
      this.caughtUp = resolve;
    });
  }

  /** The peer ends its side. */
  pushEnd(): void {
    if (this.peerEnded || this.stream.destroyed) return;
    this.peerEnded = true;
    this.stream.push(null);
  }

  destroy(): void {
    this.stream.destroy();
  }

  reset(): void {
    this.stream.destroy();
  }

  resetConnection(): void {
    this.stream.destroy();
  }

  destroySoon(): void {
    this.stream.end(() => this.stream.destroy());
  }

  lingeringClose(): void {
    if (this.destroyed) return;
    this.stream.removeAllListeners('data');
    this.stream.on('data', ignore);
    this.stream.resume();
    this.destroySoon();
  }

  /** The peer cannot disappear silently. */
  probe(): void {}

  secured(): never {
    throw new Error('There is no TLS on a connection without a socket');
  }

  private noteEnd(): void {
    if (this.ended) return;
    this.ended = true;
    this.onEnd();
  }
}

function ignore(): void {}
