import type { ServerConnection } from '../../flow/connection.js';
import { Headers } from '../../flow/http/headers.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import { HttpResponse } from '../../flow/http/http-response.js';
import type { ProtocolError } from '../errors.js';
import type { Channel } from '../net/channel.js';
import type { Destination } from '../upstream/route.js';
import type { ForwardingProxy, ServerChannel } from '../upstream/server-channel.js';

/**
 * What stands between the meaning of HTTP (this folder) and its bytes (`http1`): an exchange reads an `IncomingRequest`
 * and answers it, sends an `OutgoingRequest` and reads what answers that. Neither side knows more of the other.
 */

/**
 * How the end of a body is known where it comes from (RFC 9112 section 6). A `stream` ends with its message, as in HTTP/2
 * (RFC 9113 section 8.1); `close` with the connection.
 */
export type Framing = { readonly kind: 'none' | 'chunked' | 'stream' | 'close' } | LengthFraming;

interface LengthFraming {
  readonly kind: 'length';
  /** Bytes. */
  readonly length: number;
}

/** There is no body. */
export const NO_BODY: Framing = { kind: 'none' };

/** It ends with its message, and its length is not known before. */
export const UNKNOWN_LENGTH: Framing = { kind: 'stream' };

/** A response that is a status line and no more. */
export function statusOnly(statusCode: number, reason: string): HttpResponse {
  return new HttpResponse({ statusCode, reason, httpVersion: 'HTTP/1.1', headers: Headers.from({}) });
}

/** The head of a message as its wire received it, by which it goes on unchanged. Only the wires look inside. */
export interface OriginalHead {
  readonly wire: string;
}

/** What becomes of the bytes of a body. Each byte of content comes both ways. */
export interface BodySink {
  /** Bytes as they came, with the framing of HTTP/1 chunks. */
  wire(bytes: Buffer): void;
  /** The same without framing. */
  content(bytes: Buffer): void;
}

/** Reasons for which reading is paused; several can hold at once. */
export const PAUSED = { byWriter: 1, byDisk: 2, byNobody: 4, byTransform: 8, byAddon: 16 } as const;

/** A message whose body comes in. It can be read once. */
export interface MessageSource {
  readonly framing: Framing;
  /** @returns a promise if the body is not all there; it rejects if the sender breaks off or the framing is wrong */
  readBody(sink: BodySink): undefined | Promise<void>;
  /** Behind the body that was read; undefined if there were none. */
  readonly trailers: Headers | undefined;
  /** @param reason of `PAUSED` */
  pause(reason: number): void;
  resume(reason: number): void;
  /** Gives the sender up: reading ends with this error. */
  giveUp(error: Error): void;
}

/** A message whose body goes out, behind its head. */
export interface MessageTarget {
  /** Content, or bytes with their framing if sending the head has said so. They are not copied. */
  write(bytes: Buffer): void;
  /** Ends the body. */
  end(trailers: Headers | undefined): void;
  /** True while the receiver takes less than it is sent. */
  readonly full: boolean;
  /** True while the receiver takes nothing of what waits for it. */
  readonly blocked: boolean;
  /** Grows with each byte that came in on the connection, or that the system took from it. */
  readonly moved: number;
  /** Called when there is room again after `full`. */
  onDrain: () => void;
  /** Resolves when the receiver has taken what was written, rejects if it goes away instead. */
  drained(): Promise<void>;
}

/** A connection that has become a tunnel, and what was read of it before. */
export interface Tunnel<Side extends Channel = Channel> {
  readonly channel: Side;
  readonly rest: Buffer;
}

/** A request that comes in, and the way for its response. */
export interface IncomingRequest extends MessageSource, MessageTarget {
  /** As the flow shows it and as it goes on to the server. */
  readonly request: HttpRequest;
  readonly original: OriginalHead | undefined;
  /** It was recorded or made before, and no client waits for its response. */
  readonly isReplay: boolean;
  /** Why it must not be served. */
  readonly refusal: ProtocolError | undefined;
  /** The client waits for a 100 before it sends the body (RFC 9110 section 10.1.1). */
  readonly expectsContinue: boolean;
  /** Whether another request may follow on the connection, as far as request and response say. */
  readonly persistent: boolean;
  /** The value of a field as it was received, also of one that does not go on. */
  receivedField(name: string): string | undefined;
  /** Sends a response with a status of 1xx, where the client can understand that (RFC 9110 section 15.2). */
  sendInterim(response: HttpResponse, original?: OriginalHead): void;
  /**
   * Sends the head of the final response, and makes its headers agree with how the body will be sent.
   * @param framing of the body where it comes from
   * @param whole the body, if all of it is there
   * @returns whether `write` wants the bytes with their framing
   */
  sendHead(response: HttpResponse, framing: Framing, original?: OriginalHead, whole?: { size: number }): boolean;
  /** Takes back a head behind which nothing has been written. @returns false if it is too late */
  retractHead(): boolean;
  /** Answers in place of the server, as the last that is sent on this connection. */
  sendErrorPage(status: number, message: string): void;
  /** Breaks the response off at once, so that the client cannot take it for a whole one. */
  abort(): void;
  /** Sends the response after which the connection is a tunnel: a 101, or a 2xx to a CONNECT. */
  startTunnel(response: HttpResponse, original?: OriginalHead): Tunnel;
}

/** The head of a response: of an interim one, or of the final one, whose body follows. */
export interface ResponseHead {
  readonly response: HttpResponse;
  readonly original: OriginalHead | undefined;
}

/** A request that goes out, and the response to it. */
export interface OutgoingRequest extends MessageSource, MessageTarget {
  /**
   * Sends the head, and makes its headers agree with how the body will be sent.
   * @param framing of the body where it comes from
   * @param whole the body, if all of it is there
   * @returns whether `write` wants the bytes with their framing
   */
  send(request: HttpRequest, framing: Framing, original?: OriginalHead, whole?: { size: number }): boolean;
  /**
   * The next head of the response; undefined if the server ended the connection instead.
   * @throws ProtocolError (502) if it is none @returns a promise only if it is not there yet
   */
  readHead(): ResponseHead | undefined | Promise<ResponseHead | undefined>;
  /** Bytes of the request sent so far. */
  readonly sent: number;
  /** Whether, as the response says, the connection may serve another request. */
  readonly persistent: boolean;
  /** True if a failure now is likely to mean that the server has not seen the request: it may go out again elsewhere. */
  readonly unprocessed: boolean;
  /** After a 101, or a 2xx to a CONNECT: gives the connection away. */
  detach(): Tunnel<ServerChannel>;
  /** Ends the request and the connection, or the part of it that it has. Whoever waits for the response gets the error. */
  abort(error?: Error): void;
}

/** An open connection to a server that carries requests: one at a time, or several. */
export interface UpstreamConnection {
  readonly destination: Destination;
  readonly server: ServerConnection;
  /** Set if it leads to a proxy that forwards requests to the server. */
  readonly forwarder: ForwardingProxy | undefined;
  /** Whether requests can share it. */
  readonly multiplexed: boolean;
  /** Whether it still lives, and could carry a request beside those that it carries. */
  canTake(): boolean;
  begin(): OutgoingRequest;
  /** Called when it ends, or says something unasked, while it carries nothing. */
  onUnusable: () => void;
  close(error?: Error): void;
}
