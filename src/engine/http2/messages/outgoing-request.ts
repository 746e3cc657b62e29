import { isBodiless } from '../../../flow/http/bodiless.js';
import type { Headers } from '../../../flow/http/headers.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import { HttpResponse } from '../../../flow/http/http-response.js';
import { ProtocolError, TruncatedError } from '../../errors.js';
import {
  type Framing,
  NO_BODY,
  type OriginalHead,
  type OutgoingRequest,
  type ResponseHead,
  type Tunnel,
} from '../../http/wire.js';
import type { Http2Stream } from '../connection/stream.js';
import { ServerResetError, type StreamFailure } from '../errors.js';
import { CODE } from '../frames/constants.js';
import type { FieldList } from '../frames/field-list.js';
import { framingOf } from './incoming-request.js';
import { Http2Message, type MessageRules } from './message.js';
import { type Http2Original, removeProxyFields } from './parse-request.js';
import { readFields } from './read-fields.js';
import { StreamChannel } from './stream-channel.js';
import { requestFields } from './write-fields.js';

/** Maximum number of unread heads: no window limits interim responses. */
const MAX_WAITING = 100;

/** The connection of a request. */
export interface Http2Server {
  readonly rules: MessageRules;
  /** The error of the server's connection, if it has failed. */
  readonly failure: Error | undefined;
}

/** A request on an HTTP/2 connection to a server, and its response. */
export class Http2OutgoingRequest extends Http2Message implements OutgoingRequest {
  refused = false;
  protected readonly readsAll = true;
  private method = '';
  /** It is an extended CONNECT that the server has not accepted yet. */
  private opensTunnel = false;
  /** Received heads that were not read yet. */
  private readonly heads: ResponseHead[] = [];
  private waitingHead:
    | { resolve: (head: ResponseHead | undefined) => void; reject: (error: Error) => void }
    | undefined;
  private hasFinal = false;
  private isOver = false;
  private stop: (() => void) | undefined;

  /** @param reused whether the connection has carried an earlier request */
  constructor(
    private readonly server: Http2Server,
    stream: Http2Stream,
    private readonly reused: boolean,
  ) {
    super(stream, server.rules);
    stream.handler = this;
  }

  send(request: HttpRequest, framing: Framing, original?: OriginalHead, whole?: { size: number }): boolean {
    const { stream, rules } = this;
    this.method = request.method;
    const isEmpty = whole ? whole.size === 0 && !request.trailers : framing.kind === 'none';
    this.opensTunnel = request.protocol !== undefined;
    const fields = requestFields(request, { framing, whole, lowerCase: rules.lowerCase }, original);
    stream.sendFields(fields, isEmpty && !this.opensTunnel);
    return false;
  }

  /** The request was sent before the connection was switched to HTTP/2. */
  sentBefore(method: string): void {
    this.method = method;
  }

  readHead(): ResponseHead | undefined | Promise<ResponseHead | undefined> {
    const head = this.heads.shift();
    if (head) return head;
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.waitingHead = { resolve, reject };
    });
  }

  get sent(): number {
    return this.stream.sent;
  }

  get persistent(): boolean {
    return !this.isOver;
  }

  get unprocessed(): boolean {
    return this.refused || (this.reused && !this.hasFinal && this.server.failure !== undefined);
  }

  get stopped(): Promise<void> | undefined {
    if (this.isOver) return Promise.resolve();
    return new Promise((resolve) => {
      this.stop = resolve;
    });
  }

  /** The end of an extended CONNECT is that of its tunnel. */
  override end(trailers: Headers | undefined): void {
    if (!this.opensTunnel) super.end(trailers);
  }

  detach(): Tunnel {
    this.isTunnel = true;
    this.opensTunnel = false;
    return { channel: new StreamChannel(this, this.stream), rest: Buffer.alloc(0) };
  }

  abort(error?: Error): void {
    this.isOver = true;
    this.discardRest();
    this.resetStream(CODE.cancel);
    if (error) this.fail(error);
  }

  onFields(fields: FieldList, ended: boolean): void {
    if (this.hasFinal) return this.onTrailers(fields, ended);
    const { pseudo, headers, contentLength, announcesTrailers, violation } = readFields(
      fields,
      [':status'],
      this.rules.strict,
    );
    const status = pseudo.get(':status') ?? '';
    if (fields.isTooLarge) return this.malformed('a head that is larger than max_header_size');
    if (violation !== undefined) return this.malformed(violation);
    if (!/^[1-9]\d\d$/.test(status) || status === '101') return this.malformed('an invalid :status');
    const statusCode = Number(status);
    if (statusCode < 200) {
      if (ended) return this.malformed('an interim response that ends the stream');
    } else {
      this.hasFinal = true;
      if (ended && contentLength && !isBodiless(this.method, statusCode)) {
        return this.malformed('less content than Content-Length states');
      }
      if (isBodiless(this.method, statusCode)) this.expected = ended ? undefined : 0;
      else this.expected = contentLength;
      this.framing = ended ? NO_BODY : framingOf(contentLength, announcesTrailers);
    }
    removeProxyFields(headers);
    headers.changed = false;
    const response = new HttpResponse({ statusCode, reason: '', httpVersion: 'HTTP/2.0', headers });
    const original: Http2Original = { wire: 'http2', order: [], neverIndexed: fields.neverIndexed };
    this.deliverHead({ response, original });
  }

  override onData(content: Buffer): void {
    if (this.hasFinal) super.onData(content);
    else this.malformed('content before the head of the response');
  }

  override onEnd(): void {
    if (this.hasFinal) {
      // The server has refused the tunnel.
      if (this.opensTunnel) this.stream.end(undefined);
      super.onEnd();
    } else this.malformed('the end of the stream before the head of the response');
  }

  override onFailure(failure: StreamFailure): void {
    this.refused ||= failure.unprocessed;
    this.isOver = true;
    this.stop?.();
    // A server that has sent its whole response may not need the rest of the request (RFC 9113 section 8.1).
    if (this.ended) this.onRoom();
    else super.onFailure(failure);
  }

  protected errorOf(failure: StreamFailure): Error {
    const { byPeer, reason } = failure;
    if (this.server.failure) {
      if (!this.hasFinal || !byPeer) return this.server.failure;
      return new TruncatedError('Connection closed inside a body');
    }
    if (byPeer) return new ServerResetError(failure);
    return new ProtocolError(502, `Refused: ${reason} (from the server)`);
  }

  protected malformed(violation: string): void {
    this.isOver = true;
    this.resetStream(CODE.protocolError);
    this.failBehind(new ProtocolError(502, `Refused: ${violation} (from the server)`));
  }

  protected override fail(error: Error): void {
    super.fail(error);
    const { waitingHead } = this;
    this.waitingHead = undefined;
    waitingHead?.reject(error);
  }

  private deliverHead(head: ResponseHead): void {
    const { waitingHead } = this;
    this.waitingHead = undefined;
    if (waitingHead) waitingHead.resolve(head);
    else if (this.heads.push(head) > MAX_WAITING) this.malformed('too many interim responses');
  }
}
