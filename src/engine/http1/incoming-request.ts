import { isBodiless, isBodilessStatus } from '../../flow/http/bodiless.js';
import { Headers } from '../../flow/http/headers.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import type { HttpResponse } from '../../flow/http/http-response.js';
import { ProtocolError } from '../errors.js';
import type { SwitchedRequest } from '../http/session.js';
import type { Framing, IncomingRequest, OriginalHead, Tunnel } from '../http/wire.js';
import type { BufferedWriter } from '../net/buffered-writer.js';
import type { Channel } from '../net/channel.js';
import type { EngineOptions } from '../options.js';
import type { Route } from '../upstream/route.js';
import { hasFaultyFraming, requestFraming } from './body/framing.js';
import { errorPage } from './error-page.js';
import type { Head } from './head/head.js';
import { responseHead } from './head/head-writer.js';
import type { TargetParser } from './head/request-target.js';
import { endWithConnection, setFramingFields } from './head/set-framing-fields.js';
import { http1Response } from './head/translate.js';
import { Http1Message } from './message.js';
import type { Http1ResponseHead } from './outgoing-request.js';
import { parseRequest, persists, type RequestOriginal } from './parse-request.js';
import type { Http1Reader } from './reader.js';

/** The parts of a client's HTTP/1 connection that its requests need. */
export interface Http1Client {
  readonly channel: Channel;
  readonly reader: Http1Reader;
  readonly writer: BufferedWriter;
  readonly targets: TargetParser;
  /** The connection's destination, if known; its requests are then in origin form. */
  readonly route: Route | undefined;
  readonly options: EngineOptions;
  /** tsdump's version, for the pages that it sends. */
  readonly version: string;
  /** From now on, the client may end its side and still gets its response. */
  acceptEnd(): void;
  /** `max_header_size` for HTTP/2 after an `Upgrade: h2c`; undefined if the upgrade is not forwarded. */
  readonly h2cHeaderSize: number | undefined;
  switchToHttp2(request: SwitchedRequest): IncomingRequest;
}

/** A request on a client's HTTP/1 connection, and its response channel. */
export class Http1IncomingRequest extends Http1Message implements IncomingRequest {
  readonly isReplay = false;
  readonly request: HttpRequest;
  readonly original: RequestOriginal;
  readonly refusal: ProtocolError | undefined;
  persistent: boolean;
  /** The response ends with the connection, so a client would take a part of it as complete. */
  endsWithConnection = false;
  /** The method as received, regardless of changes by addons: it determines which body the client expects. */
  private readonly method: string;
  /** The client's HTTP/2 settings, if it has offered `Upgrade: h2c`. */
  private readonly settings: Buffer | undefined;

  /** @throws ProtocolError if the head cannot be parsed as a request; then no flow is created */
  constructor(
    private readonly client: Http1Client,
    private readonly head: Head,
  ) {
    super(client.reader, client.writer);
    const { validateInboundHeaders } = client.options;
    const { request, original, settings } = parseRequest(
      head,
      client.targets,
      client.route,
      validateInboundHeaders,
      client.h2cHeaderSize,
    );
    this.request = request;
    this.settings = settings;
    this.original = original;
    this.method = request.method;
    this.persistent = persists(request.httpVersion, head.connection);
    if (head.violation) this.refusal = new ProtocolError(400, `Refused: ${head.violation}`);
    else {
      try {
        const framing = requestFraming(head, request.httpVersion, validateInboundHeaders);
        // A CONNECT is treated as a request without content, so that the tunnel begins right after its head (RFC 9110 section
        // 9.3.6).
        if (this.method !== 'CONNECT') this.framing = framing;
        else if (validateInboundHeaders && framing.kind !== 'none') {
          throw new ProtocolError(400, 'Refused: a CONNECT with content');
        }
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        this.refusal = error;
      }
    }
  }

  get expectsContinue(): boolean {
    return this.head.expectContinue;
  }

  get sideEnded(): boolean {
    return this.reader.atEnd && this.reader.buffered === 0;
  }

  receivedField(name: string): string | undefined {
    return new Headers(this.head.block).get(name);
  }

  sendInterim(response: HttpResponse, original?: OriginalHead): void {
    // HTTP/1.0 has no interim responses (RFC 9110 section 15.2).
    if (this.request.httpVersion === 'HTTP/1.0') return;
    withoutCoding(response);
    this.writer.write(originalBytes(response, original) ?? responseHead(http1Response(response)));
  }

  sendHead(response: HttpResponse, framing: Framing, original?: OriginalHead, whole?: { size: number }): boolean {
    withoutCoding(response);
    const hasBody = !isBodiless(this.method, response.statusCode);
    // HTTP/1.0 has no chunked coding.
    const isOld = this.request.httpVersion === 'HTTP/1.0' || response.httpVersion === 'HTTP/1.0';
    if (!response.httpVersion.startsWith('HTTP/1')) {
      return this.sendHead(http1Response(response), framing, undefined, whole);
    }
    if (whole) {
      const trailers = response.trailers !== undefined && !isOld;
      const oneChunk = hasBody && setFramingFields(response.headers, framing, { size: whole.size, trailers }, true);
      this.keepPersistence(response, original);
      this.writeHead(responseHead(response), oneChunk ? 'oneChunk' : 'asGiven', whole.size);
      return false;
    }
    const inChunks = framing.kind === 'stream' && !isOld;
    this.endsWithConnection = hasBody && (framing.kind === 'close' || (framing.kind === 'stream' && isOld));
    if (framing.kind === 'stream' && isOld) endWithConnection(response.headers);
    else if (hasBody && (inChunks || !original || response.headChanged)) {
      setFramingFields(response.headers, framing, undefined, true);
    }
    if (this.endsWithConnection) this.persistent = false;
    else this.keepPersistence(response, original);
    this.writeHead(
      originalBytes(response, original) ?? responseHead(response),
      inChunks && hasBody ? 'chunks' : 'asGiven',
    );
    return true;
  }

  retractHead(): boolean {
    return this.writer.takeBackHead();
  }

  sendErrorPage(status: number, message: string): void {
    this.persistent = false;
    this.writer.write(errorPage(status, message, this.client.version, this.method !== 'HEAD'));
  }

  abort(): void {
    this.client.channel.reset();
  }

  startTunnel(response: HttpResponse, original?: OriginalHead): Tunnel {
    this.client.acceptEnd();
    this.endsWithConnection = true;
    withoutCoding(response);
    this.writer.write(originalBytes(response, original) ?? responseHead(response));
    this.writer.flush();
    return { channel: this.client.channel, rest: this.reader.detach() };
  }

  switchToHttp2(response: HttpResponse, original?: OriginalHead): IncomingRequest | undefined {
    const { settings, request, method } = this;
    if (!settings) return undefined;
    const { rest } = this.startTunnel(response, original);
    return this.client.switchToHttp2({ request, method, settings, rest });
  }

  /** Follows the response: one that closes its connection is the last. */
  private keepPersistence(response: HttpResponse, original: OriginalHead | undefined): void {
    if (!this.persistent) return;
    const connection =
      original?.wire === 'http1' && !response.headChanged
        ? (original as Http1ResponseHead).connection
        : (response.headers.get('connection')?.toLowerCase() ?? '');
    const { httpVersion, headers } = response;
    this.persistent =
      persists(httpVersion, connection) && !hasFaultyFraming(httpVersion, headers.has('transfer-encoding'));
  }
}

/** The received head, if it is unchanged. */
function originalBytes(response: HttpResponse, original: OriginalHead | undefined): Buffer | undefined {
  return original?.wire === 'http1' && !response.headChanged ? (original as Http1ResponseHead).raw : undefined;
}

/**
 * Removes `Transfer-Encoding` where the status allows no body (RFC 9112 section 6.1). Servers that send it mostly send an
 * empty body in chunks, too: that is not forwarded, and some clients wait for it.
 */
function withoutCoding({ statusCode, headers }: HttpResponse): void {
  if (isBodilessStatus(statusCode)) headers.delete('transfer-encoding');
}
