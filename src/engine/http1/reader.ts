import type { Socket } from 'node:net';
import { confirmEnd } from '../channel.js';
import { ClientGoneError, ProtocolError } from '../errors.js';
import { ChunkedScanner } from './chunked.js';
import type { Framing } from './framing.js';
import { type Head, mayEndHead, parseHead } from './head.js';

export interface ReaderLimits {
  /** Most bytes of a head or of trailers. */
  maxHeaderSize: number;
  /** Refuse what RFC 9112 forbids. */
  strict: boolean;
}

/** What becomes of the bytes of a body. */
export interface BodySink {
  /** Bytes as they came, with chunk framing: what goes on to the other side. */
  wire(bytes: Buffer): void;
  /** The same without framing: what is kept. */
  content(bytes: Buffer): void;
}

/** A server ended the connection where a message was not complete. */
export class TruncatedError extends Error {
  override name = 'TruncatedError';
}

/** Reasons for which reading is paused; several can hold at once. */
export const PAUSED = { byWriter: 1, byDisk: 2, byNobody: 4 } as const;

/** Bytes that are kept while nobody asks. As long as they are fewer, reading goes on, so that the end is noticed. */
const READ_AHEAD = 64 * 1024;
const CR = 13;
const LF = 10;
const EMPTY: Buffer = Buffer.alloc(0);

interface Waiting<T> {
  resolve: (value: T) => void;
  reject: (error: Error) => void;
}

/**
 * Reads HTTP/1 messages from a socket: whoever wants a head or a body asks for it. What is there already is given at
 * once, without a promise. While nobody asks, little is kept, and then the socket is paused.
 */
export class Http1Reader {
  /** Called when the peer ends its side while no message is being read. */
  onEnd: () => void = () => {};
  /** Called when the first bytes of a head that is waited for came, and not all of it. */
  onHeadBegun: () => void = () => {};
  /** Called when bytes come while nobody asked; they are kept. */
  onIdleBytes: () => void = () => {};
  /** Trailers of the body read last. */
  trailers: Head | undefined;
  private rest: Buffer = EMPTY;
  /** Where in `rest` the search for the end of a head goes on. */
  private searched = 0;
  /** Whether `onHeadBegun` was called for the head that is waited for. */
  private headBegun = false;
  private ended = false;
  private failure: Error | undefined;
  private paused = 0;
  private head: Waiting<Head | undefined> | undefined;
  private body: Waiting<void> | undefined;
  private framing: Framing = { kind: 'none' };
  private remaining = 0;
  private chunked: ChunkedScanner | undefined;
  /** The memory of `rest`, where it is a buffer that grows. */
  private gathered: ArrayBufferLike | undefined;
  private sink: BodySink | undefined;

  /** @param status for protocol errors: 400 where clients are read, 502 where servers are */
  constructor(
    private readonly socket: Socket,
    private readonly limits: ReaderLimits,
    private readonly status: 400 | 502,
  ) {
    socket.on('data', this.onData);
    socket.on('end', this.onSocketEnd);
    this.ended = socket.readableEnded;
    // Whoever had the socket before left it paused.
    socket.resume();
  }

  /** Bytes that were read and belong to nothing yet. */
  get buffered(): number {
    return this.rest.length;
  }

  /** Whether the peer has ended its side. */
  get atEnd(): boolean {
    return this.ended;
  }

  /** The next head; undefined if the peer ended the connection instead. Rejects with ProtocolError or TruncatedError. */
  readHead(): Head | undefined | Promise<Head | undefined> {
    // A client that is gone is not served any more; what a server said before it left counts.
    if (this.failure && this.status === 400) return Promise.reject(this.failure);
    if (this.rest.length > 0) {
      const head = this.tryHead();
      if (head) return head;
    }
    if (this.failure) return Promise.reject(this.failure);
    if (this.ended) return this.rest.length === 0 ? undefined : Promise.reject(this.truncated('inside a head'));
    this.headBegun = false;
    return new Promise((resolve, reject) => {
      this.head = { resolve, reject };
      this.resume(PAUSED.byNobody);
    });
  }

  /** Reads the body of the message whose head was read last into the sink. @returns a promise if it is not all there */
  readBody(framing: Framing, sink: BodySink): undefined | Promise<void> {
    this.trailers = undefined;
    if (framing.kind === 'none') return undefined;
    if (this.failure && this.status === 400) return Promise.reject(this.failure);
    this.framing = framing;
    this.sink = sink;
    this.remaining = framing.kind === 'length' ? framing.length : 0;
    this.chunked =
      framing.kind === 'chunked'
        ? new ChunkedScanner(this.limits.maxHeaderSize, this.limits.strict, this.status)
        : undefined;
    const rest = this.rest;
    this.rest = EMPTY;
    if (rest.length > 0 && this.takeBody(rest)) return undefined;
    if (this.failure) return Promise.reject(this.failure);
    if (this.ended) return this.framing.kind === 'close' ? undefined : Promise.reject(this.truncatedBody());
    return new Promise((resolve, reject) => {
      this.body = { resolve, reject };
      this.resume(PAUSED.byNobody);
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

  /** Ends whatever is waited for with this error. */
  fail(error: Error): void {
    this.failure ??= error;
    const waiting = this.head ?? this.body;
    this.head = undefined;
    this.body = undefined;
    waiting?.reject(error);
  }

  /** Leaves the socket, paused, to somebody else. @returns what was read and not used */
  detach(): Buffer {
    this.socket.off('data', this.onData);
    this.socket.off('end', this.onSocketEnd);
    this.socket.pause();
    const rest = this.rest;
    this.rest = EMPTY;
    return rest;
  }

  private readonly onData = (chunk: Buffer): void => {
    if (this.body) {
      try {
        if (this.takeBody(chunk)) this.finishBody();
      } catch (error) {
        this.fail(error as Error);
      }
      return;
    }
    this.keep(chunk);
    if (!this.head) {
      if (this.rest.length >= READ_AHEAD) this.pause(PAUSED.byNobody);
      this.onIdleBytes();
      return;
    }
    try {
      const head = this.tryHead();
      if (!head) {
        if (this.headBegun || this.rest.length === 0) return;
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
    this.ended = true;
    if (this.head) {
      if (this.rest.length > 0) return this.fail(this.truncated('inside a head'));
      const { resolve } = this.head;
      this.head = undefined;
      resolve(undefined);
    } else if (this.body) {
      const { body } = this;
      const finish = (): void => {
        if (this.body === body) this.finishBody();
      };
      if (this.framing.kind === 'close') confirmEnd(this.socket, finish, (error) => this.fail(error));
      else this.fail(this.truncatedBody());
    }
    this.onEnd();
  };

  private finishBody(): void {
    const waiting = this.body;
    this.body = undefined;
    waiting?.resolve();
  }

  private truncatedBody(): Error {
    if (this.framing.kind === 'chunked') return this.truncated('inside a chunked body');
    return this.truncated(`with ${this.remaining} bytes of the body missing`);
  }

  /** A client that leaves there cannot be answered; that a server did is what its client is told. */
  private truncated(where: string): Error {
    if (this.status === 400) return new ClientGoneError(`Client disconnected ${where}.`);
    return new TruncatedError(`Connection closed ${where}`);
  }

  /** Heads that come in many small pieces are gathered in a buffer that doubles, so that it takes linear time. */
  private keep(chunk: Buffer): void {
    const have = this.rest.length;
    if (have === 0) {
      this.rest = chunk;
      this.searched = 0;
      this.gathered = undefined;
      return;
    }
    const room = this.rest.buffer.byteLength - this.rest.byteOffset - have;
    if (this.gathered !== this.rest.buffer || room < chunk.length) {
      const larger = Buffer.allocUnsafeSlow(2 * (have + chunk.length));
      this.rest.copy(larger);
      this.gathered = larger.buffer;
      this.rest = larger.subarray(0, have);
    }
    const whole = Buffer.from(this.rest.buffer, this.rest.byteOffset, have + chunk.length);
    chunk.copy(whole, have);
    this.rest = whole;
  }

  private tryHead(): Head | undefined {
    if (this.searched === 0 && this.rest[0]! <= CR) this.skipEmptyLines();
    const bytes = this.rest;
    if (bytes.length === 0) return undefined;
    if (this.searched === 0 || mayEndHead(bytes, this.searched)) {
      const head = parseHead(bytes, 0, this.limits.strict);
      if (head) {
        this.searched = 0;
        this.rest = head.end === bytes.length ? EMPTY : bytes.subarray(head.end);
        if (head.end > this.limits.maxHeaderSize) this.refuseSize();
        if (head.line.startsWith('CONNECT ')) this.leaveRest();
        return head;
      }
    }
    this.searched = bytes.length;
    if (bytes.length > this.limits.maxHeaderSize) this.refuseSize();
    return undefined;
  }

  /** Empty lines before a head are thrown away at once, so that any number of them costs nothing. */
  private skipEmptyLines(): void {
    const bytes = this.rest;
    let at = 0;
    while (at < bytes.length && (bytes[at] === CR || bytes[at] === LF)) at++;
    if (at > 0) this.rest = at === bytes.length ? EMPTY : bytes.subarray(at);
  }

  /**
   * What comes behind a CONNECT is for the tunnel. It goes back to the socket at once, as an empty socket would consume the
   * end of the peer, and take nothing back any more.
   */
  private leaveRest(): void {
    this.pause(PAUSED.byNobody);
    if (this.rest.length === 0 || this.ended) return;
    this.socket.unshift(this.rest);
    this.rest = EMPTY;
  }

  private refuseSize(): never {
    const status = this.status === 400 ? 431 : 502;
    throw new ProtocolError(
      status,
      `Refused: a head of more than ${this.limits.maxHeaderSize} bytes (max_header_size)`,
    );
  }

  /** @returns true when the body is complete; what is behind it is kept */
  private takeBody(chunk: Buffer): boolean {
    const sink = this.sink!;
    if (this.chunked) {
      const end = this.chunked.scan(chunk, 0, (piece) => sink.content(piece));
      sink.wire(end === chunk.length ? chunk : chunk.subarray(0, end));
      if (!this.chunked.done) return false;
      this.trailers = this.chunked.trailers;
      this.keepRest(chunk, end);
      return true;
    }
    if (this.framing.kind === 'close') {
      sink.content(chunk);
      sink.wire(chunk);
      return false;
    }
    const end = Math.min(chunk.length, this.remaining);
    const piece = end === chunk.length ? chunk : chunk.subarray(0, end);
    this.remaining -= end;
    sink.content(piece);
    sink.wire(piece);
    if (this.remaining > 0) return false;
    this.keepRest(chunk, end);
    return true;
  }

  private keepRest(chunk: Buffer, end: number): void {
    if (end === chunk.length) return;
    this.rest = chunk.subarray(end);
    this.searched = 0;
  }
}
