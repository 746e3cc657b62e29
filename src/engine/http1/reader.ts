import type { Duplex } from 'node:stream';
import { ClientGoneError, TruncatedError } from '../errors.js';
import { type BodySink, type Framing, PAUSED } from '../http/wire.js';
import { confirmEnd } from '../net/channel.js';
import { BodyScanner } from './body/body-scanner.js';
import type { Head } from './head/head.js';
import { HeadBuffer, type ReaderLimits } from './head/head-buffer.js';

/** Bytes buffered while no read is pending. Below this limit the socket is read anyway, so that its end is noticed. */
const READ_AHEAD = 64 * 1024;

/** Number of heads and chunks after which other connections are served first. */
const ENOUGH_PARSED = 500;

interface Waiting<T> {
  resolve: (value: T) => void;
  reject: (error: Error) => void;
}

/**
 * Reads HTTP/1 messages from a socket, on demand. Buffered bytes are returned at once, without a promise. While no read
 * is pending, it buffers a limited amount and then pauses the socket.
 */
export class Http1Reader {
  /** Called when the peer ends its side. */
  onEnd: () => void = () => {};
  /** Called when the first bytes of an awaited head have arrived, but not the whole head. */
  onHeadBegun: () => void = () => {};
  /** Called when bytes arrive while no read is pending; they are kept. */
  onIdleBytes: () => void = () => {};
  /** Number of bytes received. */
  received = 0;
  /** Whether the peer is a client; otherwise it is a server. */
  private readonly fromClient: boolean;
  private readonly rest: HeadBuffer;
  private readonly scanner: BodyScanner;
  /** Whether `onHeadBegun` was called for the awaited head. */
  private headBegun = false;
  private ended = false;
  private failure: Error | undefined;
  private paused = 0;
  /** Number of heads and chunks parsed since other connections were served. */
  private parsed = 0;
  /** Waits for a head until other connections were served. */
  private afterOthers: Waiting<Head | undefined | Promise<Head | undefined>> | undefined;
  private head: Waiting<Head | undefined> | undefined;
  private body: Waiting<void> | undefined;

  constructor(
    private readonly socket: Duplex,
    limits: ReaderLimits,
  ) {
    this.fromClient = limits.status === 400;
    this.rest = new HeadBuffer(limits);
    this.scanner = new BodyScanner(limits);
    socket.on('data', this.onData);
    socket.on('end', this.onSocketEnd);
    this.ended = socket.readableEnded;
    // The previous owner of the socket left it paused.
    socket.resume();
  }

  /** Trailers of the body read last. */
  get trailers(): Head | undefined {
    return this.scanner.trailers;
  }

  /** Number of bytes that were read but not parsed yet. */
  get buffered(): number {
    return this.rest.bytes.length;
  }

  /** Whether a head or a body is awaited. */
  get reading(): boolean {
    return this.head !== undefined || this.body !== undefined || this.afterOthers !== undefined;
  }

  /** The bytes that were read but not parsed yet. */
  get unparsed(): Buffer {
    return this.rest.bytes;
  }

  /** Whether the peer has ended its side. */
  get atEnd(): boolean {
    return this.ended;
  }

  /** The next head; undefined if the peer ended the connection instead. Rejects with ProtocolError or TruncatedError. */
  readHead(): Head | undefined | Promise<Head | undefined> {
    // A client that has left is not served; bytes that a server sent before it failed are still used.
    if (this.failure && this.fromClient) return Promise.reject(this.failure);
    if (this.buffered > 0) {
      if (this.parsed >= ENOUGH_PARSED) return this.readHeadLater();
      const head = this.takeHead();
      if (head) return head;
    }
    if (this.failure) return Promise.reject(this.failure);
    if (this.ended) return this.buffered === 0 ? undefined : Promise.reject(this.truncated('inside a head'));
    this.headBegun = false;
    return new Promise((resolve, reject) => {
      this.head = { resolve, reject };
      this.resume(PAUSED.noReader);
    });
  }

  /** Reads the body of the last head's message into the sink. @returns a promise if it is not complete yet */
  readBody(framing: Framing, sink: BodySink): undefined | Promise<void> {
    if (framing.kind === 'none') return undefined;
    if (this.failure && this.fromClient) return Promise.reject(this.failure);
    this.scanner.begin(framing, sink);
    if (this.buffered > 0 && this.takeBody(this.rest.takeAll())) return undefined;
    if (this.failure) return Promise.reject(this.failure);
    if (this.ended)
      return this.scanner.endsWithConnection ? undefined : Promise.reject(this.truncated(this.scanner.place));
    return new Promise((resolve, reject) => {
      this.body = { resolve, reject };
      this.resume(PAUSED.noReader);
    });
  }

  pause(reason: number): void {
    if (this.paused === 0) this.socket.pause();
    this.paused |= reason;
  }

  resume(reason: number): void {
    if (this.paused === 0) return;
    this.paused &= ~reason;
    if (this.paused === 0) this.socket.resume();
  }

  /** Rejects the pending read with this error. */
  fail(error: Error): void {
    this.failure ??= error;
    const waiting = this.head ?? this.body;
    this.head = undefined;
    this.body = undefined;
    waiting?.reject(error);
  }

  /** Releases the socket, paused. @returns the unparsed bytes */
  detach(): Buffer {
    this.socket.off('data', this.onData);
    this.socket.off('end', this.onSocketEnd);
    this.socket.pause();
    this.paused = 0;
    this.afterOthers = undefined;
    return this.rest.takeAll();
  }

  private readonly onData = (chunk: Buffer): void => {
    this.received += chunk.length;
    if (this.body) {
      try {
        if (this.takeBody(chunk)) this.finishBody();
      } catch (error) {
        this.fail(error as Error);
      }
      if (this.parsed >= ENOUGH_PARSED) this.serveOthers();
      return;
    }
    this.rest.append(chunk);
    if (this.afterOthers) return;
    if (!this.head) {
      if (this.buffered >= READ_AHEAD) this.pause(PAUSED.noReader);
      this.onIdleBytes();
      return;
    }
    try {
      const head = this.takeHead();
      if (!head) {
        if (this.headBegun || this.buffered === 0) return;
        this.headBegun = true;
        this.onHeadBegun();
        return;
      }
      const { resolve } = this.head;
      this.head = undefined;
      resolve(head);
    } catch (error) {
      this.fail(error as Error);
    }
  };

  private readonly onSocketEnd = (): void => {
    // The socket failed earlier; `close` brings the reason.
    if (this.socket.errored) return;
    this.ended = true;
    if (this.head) {
      if (this.buffered > 0) return this.fail(this.truncated('inside a head'));
      const { resolve } = this.head;
      this.head = undefined;
      resolve(undefined);
    } else if (this.body) {
      const { body } = this;
      const finish = (): void => {
        if (this.body === body) this.finishBody();
      };
      if (this.scanner.endsWithConnection) confirmEnd(this.socket, finish, (error) => this.fail(error));
      else this.fail(this.truncated(this.scanner.place));
    }
    this.onEnd();
  };

  private finishBody(): void {
    const waiting = this.body;
    this.body = undefined;
    waiting?.resolve();
  }

  /** A client that left gets no response; a server that left is reported to its client. */
  private truncated(where: string): Error {
    if (this.fromClient) return new ClientGoneError(`Client disconnected ${where}.`);
    return new TruncatedError(`Connection closed ${where}`);
  }

  private takeHead(): Head | undefined {
    const head = this.rest.takeHead();
    if (head) this.parsed++;
    if (head?.line.startsWith('CONNECT ')) this.unshiftRest();
    return head;
  }

  /**
   * Bytes after a CONNECT belong to the tunnel. They go back to the socket at once: an empty socket would consume the
   * peer's end and then refuse `unshift`.
   */
  private unshiftRest(): void {
    this.pause(PAUSED.noReader);
    if (this.buffered > 0 && !this.ended) this.socket.unshift(this.rest.takeAll());
  }

  /**
   * Reads on in the next turn of the event loop: a flood of tiny messages or chunks takes much longer to parse than to receive,
   * and a socket with pending bytes is read many times in one turn.
   */
  private serveOthers(): void {
    if ((this.paused & PAUSED.forOthers) !== 0) return;
    this.pause(PAUSED.forOthers);
    setImmediate(() => {
      this.parsed = 0;
      const { afterOthers } = this;
      this.afterOthers = undefined;
      // A pending read must be known before further bytes arrive.
      if (afterOthers) this.readHeadFor(afterOthers);
      this.resume(PAUSED.forOthers);
    });
  }

  private readHeadLater(): Promise<Head | undefined> {
    return new Promise((resolve, reject) => {
      this.afterOthers = { resolve, reject };
      this.serveOthers();
    });
  }

  private readHeadFor({ resolve, reject }: Waiting<Head | undefined | Promise<Head | undefined>>): void {
    try {
      resolve(this.readHead());
    } catch (error) {
      reject(error as Error);
    }
  }

  /** @returns true when the body is complete; the bytes after it are kept */
  private takeBody(chunk: Buffer): boolean {
    const { chunks } = this.scanner;
    const end = this.scanner.take(chunk);
    this.parsed += this.scanner.chunks - chunks;
    if (!this.scanner.done) return false;
    if (end < chunk.length) this.rest.append(chunk.subarray(end));
    return true;
  }
}
