import { Headers } from '../../flow/http/headers.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import { HttpResponse } from '../../flow/http/http-response.js';
import { ProtocolError } from '../errors.js';
import type { Framing, OriginalHead, OutgoingRequest, ResponseHead, Tunnel, UpstreamConnection } from '../http/wire.js';
import type { BufferedWriter } from '../net/buffered-writer.js';
import type { ServerChannel } from '../upstream/server-channel.js';
import { hasFaultyFraming, responseFraming } from './body/framing.js';
import type { Head } from './head/head.js';
import { forwardedResponseBlock, requestHead } from './head/head-writer.js';
import { setFramingFields } from './head/set-framing-fields.js';
import { parseStatusLine } from './head/start-line.js';
import { http1Request } from './head/translate.js';
import { Http1Message } from './message.js';
import { persists, type RequestOriginal } from './parse-request.js';
import type { Http1Reader } from './reader.js';
import type { ShareRecord } from './share-record.js';

/**
 * Maximum number of written bytes that need not be taken yet in a request that is regarded as sent: Node reports a TLS write as
 * done one turn late.
 */
const IN_FLIGHT = 16 * 1024;

/** The parts of an HTTP/1 connection to a server that its requests need. */
export interface Http1Server extends UpstreamConnection {
  readonly channel: ServerChannel;
  readonly reader: Http1Reader;
  readonly writer: BufferedWriter;
  /** Whether to reject violations of RFC 9112. */
  readonly strict: boolean;
  /** Whether the server has answered in HTTP/2, and so has not processed a request. */
  readonly speaksHttp2: boolean;
  /** Undefined if the connection serves this client only. */
  readonly shareRecord: ShareRecord | undefined;
  /** Called at the end of each response. */
  answered(): void;
  /** Called for each response with the status 401 or 407. */
  challenged(head: Head): void;
}

/** The head of a response as received over HTTP/1. */
export interface Http1ResponseHead extends OriginalHead {
  readonly wire: 'http1';
  /** Undefined if it has to be rewritten. */
  readonly raw: Buffer | undefined;
  /** `Connection`, lower case. */
  readonly connection: string;
}

/** A request on an HTTP/1 connection to a server, and its response. */
export class Http1OutgoingRequest extends Http1Message implements OutgoingRequest {
  private method = '';
  readonly stopped = undefined;
  /** Whether the request is addressed to another proxy. Then `Proxy-*` fields of its response are forwarded. */
  private toProxy = false;
  private saysPersistent = false;
  /** Whether the request has announced that it is the last on its connection (RFC 9112 section 9.6). */
  private isLast = false;
  /** Whether the complete request was written. */
  private ended = false;
  sideEnded = false;
  /** `writer.flushed` before the request was written. */
  private readonly start: number;

  constructor(
    private readonly connection: Http1Server,
    /** Whether the connection has carried an earlier request. */
    private readonly reused: boolean,
  ) {
    super(connection.reader, connection.writer);
    this.start = connection.writer.flushed;
  }

  send(request: HttpRequest, framing: Framing, original?: OriginalHead, whole?: { size: number }): boolean {
    if (!request.httpVersion.startsWith('HTTP/1')) return this.send(http1Request(request), framing, undefined, whole);
    const { forwarder } = this.connection;
    const trailers = request.trailers !== undefined && request.httpVersion !== 'HTTP/1.0';
    const oneChunk = setFramingFields(request.headers, framing, whole && { size: whole.size, trailers });
    const from = original?.wire === 'http1' ? (original as RequestOriginal) : undefined;
    this.method = request.method;
    this.toProxy = from !== undefined && from.prefix !== '';
    this.connection.shareRecord?.begin(request, framing.kind !== 'none' || (whole?.size ?? 0) > 0, this.toProxy);
    // An unchanged `Connection: close` of the client needs no check: the end of the client's connection closes this one, too.
    if (!from || request.headers.changed) this.isLast = announcesClose(request);
    let head: Buffer;
    if (forwarder) head = requestHead(request, forwarder);
    else if (from?.raw && !request.headChanged) head = from.raw;
    // An addon may have changed the destination to a server that is not a proxy.
    else head = requestHead(request, undefined, from && request.authority === from.authority ? from.prefix : '');
    if (whole) this.writeHead(head, oneChunk ? 'oneChunk' : 'asGiven', whole.size);
    else this.writeHead(head, framing.kind === 'stream' ? 'chunks' : 'asGiven');
    return true;
  }

  readHead(): ResponseHead | undefined | Promise<ResponseHead | undefined> {
    const head = this.reader.readHead();
    return head instanceof Promise ? head.then((later) => later && this.parse(later)) : head && this.parse(head);
  }

  override end(trailers: Headers | undefined): void {
    super.end(trailers);
    this.ended = true;
    if (this.sideEnded) this.halfClose();
  }

  endSide(): void {
    if (this.sideEnded) return;
    this.sideEnded = true;
    if (this.ended) this.halfClose();
  }

  answered(): void {
    const { writer } = this;
    this.connection.shareRecord?.answered(this.ended && writer.written - writer.taken <= IN_FLIGHT);
    this.connection.answered();
  }

  get sent(): number {
    return this.writer.written;
  }

  get persistent(): boolean {
    return this.saysPersistent && !this.isLast && this.connection.canTake();
  }

  get unprocessed(): boolean {
    return this.refused || (this.reused && this.reader.buffered === 0);
  }

  /**
   * True if the connection ended before the first byte of the request was sent: requests are written at the end of the event
   * loop turn.
   */
  get refused(): boolean {
    return this.connection.speaksHttp2 || (this.reused && this.writer.flushed === this.start);
  }

  detach(): Tunnel {
    this.writer.flush();
    return { channel: this.connection.channel, rest: this.reader.detach() };
  }

  abort(error?: Error): void {
    this.connection.close(error);
  }

  private halfClose(): void {
    this.writer.flush();
    this.connection.channel.stream.end();
  }

  /** @throws ProtocolError if the response head is invalid, or its framing is ambiguous */
  private parse(head: Head): ResponseHead {
    const { statusCode, reason, httpVersion } = parseStatusLine(head.line);
    if (head.violation) throw new ProtocolError(502, `Refused: ${head.violation} (from the server)`);
    const isVersionSent = head.line.startsWith(httpVersion);
    const opensTunnel = this.method === 'CONNECT' && statusCode >= 200 && statusCode < 300;
    if ((statusCode >= 200 || statusCode === 101) && !opensTunnel) {
      const { strict } = this.connection;
      this.framing = responseFraming(head, httpVersion, strict, this.method, statusCode);
      this.saysPersistent =
        this.framing.kind !== 'close' &&
        persists(httpVersion, head.connection) &&
        isVersionSent &&
        !hasFaultyFraming(httpVersion, head.transferEncoding.length > 0) &&
        !announcesChunks(head, statusCode);
    }
    this.connection.shareRecord?.received(head, statusCode, httpVersion, this.saysPersistent);
    if (statusCode === 401 || statusCode === 407) this.connection.challenged(head);
    // A 407 of our upstream proxy is not forwarded, and its challenges are needed for the error.
    const isOurs = statusCode === 407 && this.connection.forwarder !== undefined;
    const block = forwardedResponseBlock(head, this.toProxy || isOurs);
    const raw = block === head.block && isVersionSent ? head.raw : undefined;
    const response = new HttpResponse({ statusCode, reason, httpVersion, headers: new Headers(block) });
    return { response, original: { wire: 'http1', raw, connection: head.connection } as Http1ResponseHead };
  }
}

function announcesClose({ httpVersion, headers }: HttpRequest): boolean {
  return !persists(httpVersion, (headers.get('connection') ?? '').toLowerCase());
}

/** Whether the response announces chunks that its status does not allow: servers mostly send them, perhaps later. */
function announcesChunks({ transferEncoding }: Head, statusCode: number): boolean {
  return transferEncoding.length > 0 && (statusCode === 204 || statusCode === 304);
}
