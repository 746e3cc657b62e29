import { isBodiless } from '../../../flow/http/bodiless.js';
import type { HttpRequest } from '../../../flow/http/http-request.js';
import { HttpResponse } from '../../../flow/http/http-response.js';
import { KilledError, ProtocolError, StoppedRequestError } from '../../errors.js';
import { errorHtml } from '../../http/error-html.js';
import {
  type Framing,
  type IncomingRequest,
  NO_BODY,
  type OriginalHead,
  type Tunnel,
  UNKNOWN_LENGTH,
} from '../../http/wire.js';
import type { Http2Stream } from '../connection/stream.js';
import { ClientResetError, ServerResetError, type StreamFailure } from '../errors.js';
import { CODE } from '../frames/constants.js';
import { FieldList } from '../frames/field-list.js';
import { Http2Message, type MessageRules } from './message.js';
import type { Http2Original, ParsedHttp2Request } from './parse-request.js';
import { StreamChannel } from './stream-channel.js';
import { responseFields } from './write-fields.js';

/** The session of a request. */
export interface Http2Client {
  readonly rules: MessageRules;
  /** tsdump's version, for the pages that it sends. */
  readonly version: string;
  /** The client has reset the stream, or its connection has ended. */
  requestFailed(incoming: Http2IncomingRequest, error: Error): void;
  /** Resets the stream because of an error of the client, which is counted. @throws Http2ConnectionError if there were too many */
  failStream(stream: Http2Stream, code: number, reason: string): void;
  /** Resets the stream once its queue is empty, unless both sides have ended it. */
  stopWhenSent(stream: Http2Stream, code: number): void;
  /** Stops the client's request after its response. */
  lingeringStop(stream: Http2Stream): void;
}

/** A request on a client's HTTP/2 connection, and its response. */
export class Http2IncomingRequest extends Http2Message implements IncomingRequest {
  readonly isReplay = false;
  // Content of a client that has left is of no use to the server.
  protected readonly readsAll = false;
  readonly persistent = true;
  readonly request: HttpRequest;
  readonly original: Http2Original;
  readonly refusal: ProtocolError | undefined;
  readonly expectsContinue: boolean;
  /** A final response was begun. */
  private responded = false;
  /** The status of that response is an error. */
  private hasFailed = false;
  /** The method as received, regardless of changes by addons: it determines which body the client expects. */
  private readonly method: string;

  /** @param list the fields as received */
  constructor(
    private readonly client: Http2Client,
    stream: Http2Stream,
    private readonly list: FieldList,
    { request, method, original, fields, violation }: ParsedHttp2Request,
    ended: boolean,
  ) {
    super(stream, client.rules);
    stream.handler = this;
    this.request = request;
    this.original = original;
    this.method = method;
    this.expectsContinue = fields.expectsContinue && !ended;
    this.expected = fields.contentLength;
    // What follows an extended CONNECT is the tunnel's, and no content (RFC 8441 section 4).
    const isEmpty = ended || request.protocol !== undefined;
    this.framing = isEmpty ? NO_BODY : framingOf(fields.contentLength, fields.announcesTrailers);
    if (list.isTooLarge) this.refusal = new ProtocolError(431, 'Refused: a head larger than max_header_size');
    else if (violation) this.refusal = new ProtocolError(400, `Refused: ${violation}`);
    else if (this.method === 'CONNECT' && request.protocol === undefined) {
      this.refusal = new ProtocolError(501, 'CONNECT needs a separate connection: use HTTP/1.1 for it.');
    } else if (ended && fields.contentLength) {
      this.refusal = new ProtocolError(400, 'Refused: less content than Content-Length states');
    }
  }

  /**
   * Receives fields after the head, which are trailers. An HTTP/1 server that merges `Content-Length` or `Host` into the
   * headers would change its framing or routing.
   */
  onFields(fields: FieldList, ended: boolean): void {
    const name = fields.names.find((name) => name === 'content-length' || name === 'host');
    if (this.rules.strict && name !== undefined) this.malformed(`${name} in trailers`);
    else this.onTrailers(fields, ended);
  }

  receivedField(name: string): string | undefined {
    const at = this.list.names.indexOf(name.toLowerCase());
    return at < 0 ? undefined : this.list.values[at];
  }

  sendInterim(response: HttpResponse, original?: OriginalHead): void {
    // HTTP/2 has no 101 (RFC 9113 section 8.6).
    if (response.statusCode === 101) return;
    this.stream.sendFields(responseFields(response, this.sending(NO_BODY, undefined), original, undefined), false);
  }

  sendHead(response: HttpResponse, framing: Framing, original?: OriginalHead, whole?: { size: number }): boolean {
    const { method, stream } = this;
    this.responded = true;
    this.hasFailed = response.statusCode >= 400;
    const hasBody = !isBodiless(method, response.statusCode);
    const isEmpty = whole ? whole.size === 0 && !response.trailers : framing.kind === 'none';
    stream.sendFields(responseFields(response, this.sending(framing, whole), original, method), isEmpty || !hasBody);
    return false;
  }

  retractHead(): boolean {
    const retracted = this.stream.retractFields();
    if (retracted) this.responded = false;
    return retracted;
  }

  sendErrorPage(status: number, message: string, cause: Error): void {
    const { stream, client } = this;
    if (cause instanceof ServerResetError) return this.resetStream(codeFor(cause));
    const body = Buffer.from(errorHtml(status, message));
    const list = new FieldList();
    list.add(':status', String(status));
    list.add('server', `tsdump ${client.version}`);
    list.add('content-type', 'text/html; charset=utf-8');
    list.add('content-length', String(body.length));
    this.responded = true;
    // A malformed request is a stream error, which may follow a response (RFC 9113 section 8.1.1).
    const isMalformed = this.refusal?.status === 400;
    stream.sendFields(list, this.method === 'HEAD' && !isMalformed);
    if (this.method !== 'HEAD') this.write(body);
    if (isMalformed) client.stopWhenSent(stream, CODE.protocolError);
    else this.end(undefined);
  }

  /** A client that learns that its request has failed may end the stream in the middle of the body, as curl does. */
  override onEnd(): void {
    // A reset would discard the part of the response that is still to be sent.
    if (this.hasFailed && this.isShort && !this.stream.localEnded) this.fail(new StoppedRequestError());
    else super.onEnd();
  }

  /** Ends the stream after the exchange. The rest of the request is discarded. */
  finish(): void {
    this.discardRest();
    // The connection to the server was lost, so the request may have been processed, and REFUSED_STREAM would be wrong.
    if (!this.responded) this.resetStream(CODE.internalError);
    else this.client.lingeringStop(this.stream);
  }

  abort(cause?: Error): void {
    // The content that the server sent before it failed belongs to the client.
    if (cause === undefined || cause instanceof KilledError) this.resetStream(codeFor(cause));
    else this.stream.resetWhenSent(codeFor(cause));
  }

  startTunnel(response: HttpResponse, original?: OriginalHead): Tunnel {
    this.responded = true;
    this.isTunnel = true;
    this.framing = UNKNOWN_LENGTH;
    const accepted = response.statusCode === 101 ? acceptedTunnel(response) : response;
    const sending = this.sending({ kind: 'stream' }, undefined);
    this.stream.sendFields(responseFields(accepted, sending, original, undefined), false);
    return { channel: new StreamChannel(this, this.stream), rest: Buffer.alloc(0) };
  }

  protected errorOf(failure: StreamFailure): Error {
    const { code, byPeer, reason } = failure;
    const error = byPeer ? new ClientResetError(code) : new ProtocolError(400, `Refused: ${reason}`);
    this.client.requestFailed(this, error);
    return error;
  }

  protected malformed(violation: string): void {
    this.client.failStream(this.stream, CODE.protocolError, violation);
  }

  private sending(framing: Framing, whole: { size: number } | undefined) {
    return { framing, whole, lowerCase: this.rules.lowerCase };
  }
}

/** @param announcesTrailers the framing then has no length, with which the message could not have trailers over HTTP/1 */
export function framingOf(contentLength: number | undefined, announcesTrailers: boolean): Framing {
  if (contentLength === undefined || announcesTrailers) return { kind: 'stream' };
  return { kind: 'length', length: contentLength };
}

/** Converts a 101 of an HTTP/1 server to the response to an extended CONNECT (RFC 8441 section 5). */
function acceptedTunnel({ headers }: HttpResponse): HttpResponse {
  const fields = headers.clone();
  fields.delete('sec-websocket-accept');
  return new HttpResponse({ statusCode: 200, reason: '', httpVersion: 'HTTP/2.0', headers: fields });
}

/** The error code for a client whose response was aborted. */
function codeFor(cause: Error | undefined): number {
  // The client must not take a partial response as complete.
  if (cause instanceof ServerResetError) return cause.failure.code || CODE.internalError;
  return cause instanceof KilledError ? CODE.cancel : CODE.internalError;
}
