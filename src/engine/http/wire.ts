import type { ServerConnection } from '../../flow/connection.js';
import { Headers } from '../../flow/http/headers.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import { HttpResponse } from '../../flow/http/http-response.js';
import type { ProtocolError } from '../errors.js';
import type { Channel } from '../net/channel.js';
import type { Destination } from '../upstream/route.js';
import type { ForwardingProxy } from '../upstream/server-channel.js';

/**
 * The interfaces between HTTP semantics (this folder) and the wire formats (`http1`, `http2`): an exchange reads an
 * `IncomingRequest` and responds to it, sends an `OutgoingRequest` and reads its response.
 */

/**
 * The framing of a body at its source: how its end is determined (RFC 9112 section 6). A `stream` ends with its message, as in
 * HTTP/2 (RFC 9113 section 8.1); `close` with the connection.
 */
export type Framing = { readonly kind: 'none' | 'chunked' | 'stream' | 'close' } | LengthFraming;

interface LengthFraming {
  readonly kind: 'length';
  /** Bytes. */
  readonly length: number;
}

/** The message has no body. */
export const NO_BODY: Framing = { kind: 'none' };

/** The body ends with its message, and its length is not known in advance. */
export const UNKNOWN_LENGTH: Framing = { kind: 'stream' };

/** A response that consists of a status line only. */
export function statusOnly(statusCode: number, reason: string): HttpResponse {
  return new HttpResponse({ statusCode, reason, httpVersion: 'HTTP/1.1', headers: Headers.from({}) });
}

/** The head as received, for forwarding it unchanged. Only the wire implementations know its content. */
export interface OriginalHead {
  readonly wire: string;
}

/** Receives the bytes of a body. Each byte of content is passed to both methods. */
export interface BodySink {
  /** Bytes as received, including chunk framing. */
  wire(bytes: Buffer): void;
  /** The same without framing. */
  content(bytes: Buffer): void;
}

/** Reasons for which reading is paused; several can apply at once. */
export const PAUSED = { byWriter: 1, byDisk: 2, noReader: 4, byTransform: 8, byAddon: 16, forOthers: 32 } as const;

/** A message whose body is received. It can be read once. */
export interface MessageSource {
  readonly framing: Framing;
  /** @returns a promise if the body is incomplete; it rejects if the sender fails or the framing is invalid */
  readBody(sink: BodySink): undefined | Promise<void>;
  /** The trailers of the body that was read; undefined without trailers. */
  readonly trailers: Headers | undefined;
  /** @param reason of `PAUSED` */
  pause(reason: number): void;
  resume(reason: number): void;
  /** Stops waiting for the sender: the read rejects with this error. */
  giveUp(error: Error): void;
}

/** A message whose body is sent, after its head. */
export interface MessageTarget {
  /** Writes content, or framed bytes if sending the head returned true. They are not copied. */
  write(bytes: Buffer): void;
  /** Ends the body. */
  end(trailers: Headers | undefined): void;
  /** True while the receiver reads more slowly than we write. */
  readonly full: boolean;
  /** True while the receiver accepts none of the pending bytes. */
  readonly blocked: boolean;
  /**
   * The sum of the bytes that the connection has received, and the bytes that the system has accepted for sending. Only its
   * changes are used.
   */
  readonly moved: number;
  /** Called when `full` becomes false. */
  onDrain: () => void;
  /** Resolves when the receiver has accepted all written bytes; rejects if it disconnects. */
  drained(): Promise<void>;
}

/** A connection that has become a tunnel, and the bytes already read from it. */
export interface Tunnel {
  readonly channel: Channel;
  readonly rest: Buffer;
}

/** A received request and its response channel. */
export interface IncomingRequest extends MessageSource, MessageTarget {
  /** The request as recorded and as forwarded to the server. */
  readonly request: HttpRequest;
  readonly original: OriginalHead | undefined;
  /** A recorded or synthetic request; no client waits for its response. */
  readonly isReplay: boolean;
  /** The reason to refuse the request; undefined if it may be served. */
  readonly refusal: ProtocolError | undefined;
  /** The client waits for a 100 before it sends the body (RFC 9110 section 10.1.1). */
  readonly expectsContinue: boolean;
  /** Whether another request may follow on the connection, judging by this request and its response. */
  readonly persistent: boolean;
  /** Whether the client has ended its side of the connection, and this is its last request. */
  readonly sideEnded?: boolean;
  /** The received value of a field, even of one that is not forwarded. */
  receivedField(name: string): string | undefined;
  /** Sends a 1xx response if the client's HTTP version allows it (RFC 9110 section 15.2). */
  sendInterim(response: HttpResponse, original?: OriginalHead): void;
  /**
   * Sends the head of the final response; adapts its fields to the framing of the body.
   * @param framing of the body at its source
   * @param whole the body, if it is complete
   * @returns whether `write` expects framed bytes
   */
  sendHead(response: HttpResponse, framing: Framing, original?: OriginalHead, whole?: { size: number }): boolean;
  /** Takes back a head if no bytes were written after it. @returns false if it is too late */
  retractHead(): boolean;
  /**
   * Sends an error page instead of a response, or another sign of the failure; it is the last on this connection or stream.
   * @param cause the error behind the page
   */
  sendErrorPage(status: number, message: string, cause: Error): void;
  /**
   * Aborts the response at once, so that the client cannot take it for complete. @param cause an HTTP/2 client gets its error
   * code
   */
  abort(cause?: Error): void;
  /** Sends the response that turns the connection into a tunnel: a 101, or a 2xx to a CONNECT. */
  startTunnel(response: HttpResponse, original?: OriginalHead): Tunnel;
  /**
   * Forwards a 101 to `Upgrade: h2c`, whose request was read, and continues the connection in HTTP/2 (RFC 7540 section 3.2).
   * @returns the request as stream 1, which replaces this one; undefined if the client has not offered HTTP/2
   */
  switchToHttp2?(response: HttpResponse, original?: OriginalHead): IncomingRequest | undefined;
}

/** The head of an interim response, or of the final one, whose body follows. */
export interface ResponseHead {
  readonly response: HttpResponse;
  readonly original: OriginalHead | undefined;
}

/** A sent request and its response. */
export interface OutgoingRequest extends MessageSource, MessageTarget {
  /**
   * Sends the head; adapts its fields to the framing of the body.
   * @param framing of the body at its source
   * @param whole the body, if it is complete
   * @returns whether `write` expects framed bytes
   */
  send(request: HttpRequest, framing: Framing, original?: OriginalHead, whole?: { size: number }): boolean;
  /**
   * The next head of the response; undefined if the server closed the connection without one.
   * @returns a promise only if it has not arrived yet
   * @throws ProtocolError (502) if it is invalid
   */
  readHead(): ResponseHead | undefined | Promise<ResponseHead | undefined>;
  /** Called when the whole response was received. */
  answered?(): void;
  /** Bytes of the request sent so far. */
  readonly sent: number;
  /** Whether the connection may serve another request, according to the response. */
  readonly persistent: boolean;
  /** True if a failure now probably means that the server has not processed the request, so it may be retried. */
  readonly unprocessed: boolean;
  /** Whether the server has certainly not processed the request, so that it may be retried even if it is not idempotent. */
  readonly refused: boolean;
  /**
   * Resolves when the server, having sent its whole response, stops reading the request; undefined if the protocol cannot
   * express that.
   */
  readonly stopped: Promise<void> | undefined;
  /** Ends our side of the connection once the whole request is sent; its response can still arrive. */
  endSide?(): void;
  /** Whether `endSide` was called. */
  readonly sideEnded?: boolean;
  /** After a 101, or a 2xx to a CONNECT: hands over the connection. */
  detach(): Tunnel;
  /** Ends the request, and its connection or stream. A pending read of the response rejects with the error. */
  abort(error?: Error): void;
}

/** The terms on which an idle connection can serve other clients. */
export interface ShareTerms {
  /** Equal for connections that were opened with the same destination, verification, negotiation and proxy. */
  readonly key: string;
  /** `HOST:PORT` of the server. */
  readonly place: string;
  /** Seconds for which it may be idle. */
  readonly idleSeconds: number;
}

/** An open connection to a server; it carries one request at a time, or several. */
export interface UpstreamConnection {
  readonly destination: Destination;
  readonly server: ServerConnection;
  /** Set if it leads to a proxy that forwards requests to the server. */
  readonly forwarder: ForwardingProxy | undefined;
  /** Whether requests can share it. */
  readonly multiplexed: boolean;
  /** Whether it is open and can carry another request in addition to its current ones. */
  canTake(): boolean;
  /**
   * Whether the server may be closing the connection at this moment. Then it is not used for requests that must not be
   * repeated.
   */
  readonly mayBeClosing?: boolean;
  /** Called when the server has closed the connection instead of answering a request. */
  closedEarly?(): void;
  begin(): OutgoingRequest;
  /** The terms on which it may serve other clients while it is idle; undefined if it may not. */
  readonly shareTerms?: ShareTerms | undefined;
  /** Called when an idle connection ends or receives unexpected bytes. */
  onUnusable: () => void;
  close(error?: Error): void;
}
