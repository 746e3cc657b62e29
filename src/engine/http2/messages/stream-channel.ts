import { Duplex } from 'node:stream';
import { type MessageSource, type MessageTarget, PAUSED } from '../../http/wire.js';
import type { Channel } from '../../net/channel.js';
import type { Http2Stream } from '../connection/stream.js';
import { CODE } from '../frames/constants.js';

/** A stream that has become a tunnel (RFC 8441), as a separate connection. */
export class StreamChannel implements Channel {
  readonly stream: Duplex;

  constructor(
    message: MessageSource & MessageTarget,
    private readonly below: Http2Stream,
  ) {
    this.stream = new Duplex({
      allowHalfOpen: true,
      read: () => message.resume(PAUSED.noReader),
      write: (bytes: Buffer, _encoding, done) => {
        message.write(bytes);
        if (message.full) message.drained().then(() => done(), done);
        else done();
      },
      final: (done) => {
        message.end(undefined);
        done();
      },
      destroy: (error, done) => {
        const { readableEnded, writableFinished } = this.stream;
        // After an end on both sides, and before a reset that waits, the queue is still to be sent.
        if (!(readableEnded && writableFinished) && below.stopCode === undefined) below.reset(CODE.cancel);
        done(error);
      },
    });
    this.receive(message);
  }

  get destroyed(): boolean {
    return this.stream.destroyed;
  }

  destroy(): void {
    this.stream.destroy();
  }

  reset(): void {
    this.below.reset(CODE.connectError);
    this.stream.destroy();
  }

  resetConnection(): void {
    if (this.destroyed) return;
    const reset = (): void => {
      this.below.resetWhenSent(CODE.connectError);
      this.stream.destroy();
    };
    if (this.stream.writableLength === 0 || this.stream.writableEnded) reset();
    else this.stream.write(NOTHING, reset);
  }

  destroySoon(): void {
    this.stream.end();
  }

  lingeringClose(): void {
    if (this.destroyed) return;
    this.stream.removeAllListeners('data');
    this.stream.on('data', () => {});
    this.stream.resume();
    this.stream.end();
  }

  probe(): void {}

  secured(): never {
    throw new Error('TLS inside a stream is not supported.');
  }

  private receive(message: MessageSource): void {
    const { stream } = this;
    const content = (bytes: Buffer): void => {
      if (!stream.push(bytes)) message.pause(PAUSED.noReader);
    };
    const ended = (): void => void stream.push(null);
    // Later errors are handled through `close`.
    stream.on('error', () => {});
    const reading = message.readBody({ wire: () => {}, content });
    if (reading) reading.then(ended, (error: Error) => stream.destroy(error));
    else ended();
  }
}

const NOTHING = Buffer.alloc(0);
