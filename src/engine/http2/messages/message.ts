import type { Headers } from '../../../flow/http/headers.js';
import { type BodySink, type Framing, type MessageSource, type MessageTarget, NO_BODY } from '../../http/wire.js';
import type { Http2Stream, StreamHandler } from '../connection/stream.js';
import type { StreamFailure } from '../errors.js';
import { CODE } from '../frames/constants.js';
import type { FieldList } from '../frames/field-list.js';
import { readFields } from './read-fields.js';
import { trailerFields } from './write-fields.js';

/** A smaller piece is copied while it waits, so that it does not retain its whole chunk. */
const SMALL = 8 * 1024;

interface Waiting {
  resolve: () => void;
  reject: (error: Error) => void;
}

/** Rules for reading and writing messages. */
export interface MessageRules {
  /** Whether to reject violations of RFC 9113. */
  readonly strict: boolean;
  /** Whether names are sent in lower case. */
  readonly lowerCase: boolean;
}

/**
 * The two bodies of one exchange on one stream: received and sent. Received content occupies the window of the stream until it
 * is read, so that a slow reader slows its sender only.
 */
export abstract class Http2Message implements MessageSource, MessageTarget, StreamHandler {
  /** Of the received body. */
  framing: Framing = NO_BODY;
  trailers: Headers | undefined;
  onDrain: () => void = () => {};
  /** The length that the received body must have, if its head states one. */
  protected expected: number | undefined;
  /** The peer has ended the body. */
  protected ended = false;
  protected failure: Error | undefined;
  /** The stream is a tunnel. */
  protected isTunnel = false;
  /** Why the stream has ended early, until the content that has arrived before was read. */
  private failureBehind: Error | undefined;
  private received = 0;
  private sink: BodySink | undefined;
  private waiting: Waiting | undefined;
  private draining: Waiting[] = [];
  private paused = 0;
  /** Received content that was not read yet. */
  private readonly held: Buffer[] = [];
  private discarding = false;

  constructor(
    protected readonly stream: Http2Stream,
    protected readonly rules: MessageRules,
  ) {}

  abstract onFields(fields: FieldList, ended: boolean): void;
  /** Whether content that arrived before the stream ended early is still read. */
  protected abstract readonly readsAll: boolean;
  /** The error of a reader for the early end of the stream. */
  protected abstract errorOf(failure: StreamFailure): Error;
  /** The peer violates HTTP: the stream is reset with PROTOCOL_ERROR (RFC 9113 section 8.1.1). */
  protected abstract malformed(violation: string): void;

  readBody(sink: BodySink): undefined | Promise<void> {
    if (this.framing.kind === 'none') return undefined;
    this.sink = sink;
    this.passHeld();
    this.finishIfRead();
    if (this.failure) return Promise.reject(this.failure);
    if (this.isRead) return undefined;
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  pause(reason: number): void {
    this.paused |= reason;
  }

  resume(reason: number): void {
    if (this.paused === 0) return;
    this.paused &= ~reason;
    if (this.paused !== 0 || !this.sink) return;
    this.passHeld();
    this.finishIfRead();
  }

  giveUp(error: Error): void {
    this.fail(error);
  }

  /** Discards the rest of the received body. */
  discardRest(): void {
    this.discarding = true;
    for (const { length } of this.held.splice(0)) this.stream.consume(length);
  }

  onData(content: Buffer): void {
    this.received += content.length;
    if (this.expected !== undefined && this.received > this.expected) {
      return this.malformed('more content than Content-Length states');
    }
    if (this.discarding) this.stream.consume(content.length);
    else if (this.sink && this.paused === 0 && this.held.length === 0) this.pass(content);
    else this.held.push(content.length < SMALL ? Buffer.from(content) : content);
  }

  onEnd(): void {
    if (this.isShort) return this.malformed('less content than Content-Length states');
    this.ended = true;
    this.finishIfRead();
  }

  onFailure(failure: StreamFailure): void {
    // A tunnel has no message that could be incomplete: this is the end of a peer that has nothing more to send or to read.
    if (this.isTunnel && failure.byPeer && failure.code === CODE.noError) {
      this.onEnd();
      this.rejectDraining();
      return;
    }
    this.failBehind(this.errorOf(failure));
    this.rejectDraining();
  }

  write(bytes: Buffer): void {
    this.stream.write(bytes);
  }

  end(trailers: Headers | undefined): void {
    this.stream.end(trailerFields(trailers, this.rules.lowerCase));
  }

  get full(): boolean {
    return this.stream.full;
  }

  get blocked(): boolean {
    return this.stream.queued > 0;
  }

  get moved(): number {
    return this.received + this.stream.sent;
  }

  drained(): Promise<void> {
    if (this.stream.closed) return Promise.reject(new Error('The receiver ended the stream.'));
    if (!this.full) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.draining.push({ resolve, reject });
    });
  }

  /** Reads trailers (RFC 9113 section 8.1). */
  protected onTrailers(fields: FieldList, ended: boolean): void {
    const { headers, violation } = readFields(fields, [], this.rules.strict);
    if (fields.isTooLarge) this.malformed('trailers beyond the limit');
    else if (!ended) this.malformed('trailers that do not end the stream');
    else if (violation) this.malformed(`${violation} (in trailers)`);
    else if (headers.length > 0) this.trailers = headers;
  }

  /** Ends reading once the content that has arrived before was read, if it still is. */
  protected failBehind(error: Error): void {
    if (this.readsAll && this.held.length > 0) this.failureBehind ??= error;
    else this.fail(error);
  }

  /** Ends a pending read. */
  protected fail(error: Error): void {
    this.failure ??= error;
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.reject(error);
  }

  protected resetStream(code: number): void {
    this.stream.reset(code);
    this.rejectDraining();
  }

  /** Called by the stream. */
  onRoom(): void {
    if (this.stream.closed) return this.rejectDraining();
    for (const { resolve } of this.draining.splice(0)) resolve();
    this.onDrain();
  }

  private rejectDraining(): void {
    for (const { reject } of this.draining.splice(0)) reject(new Error('The receiver ended the stream.'));
    this.onDrain();
  }

  /** Whether less was received than `Content-Length` states. */
  protected get isShort(): boolean {
    return this.expected !== undefined && this.received < this.expected;
  }

  private get isRead(): boolean {
    return this.ended && this.held.length === 0;
  }

  private finishIfRead(): void {
    if (this.held.length > 0) return;
    if (this.failureBehind) this.fail(this.failureBehind);
    if (!this.ended) return;
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.resolve();
  }

  private passHeld(): void {
    while (this.held.length > 0 && this.paused === 0 && !this.failure) this.pass(this.held.shift()!);
  }

  private pass(content: Buffer): void {
    try {
      this.sink!.wire(content);
      this.sink!.content(content);
    } catch (error) {
      this.discardRest();
      this.fail(error as Error);
    }
    this.stream.consume(content.length);
  }
}
