import { type ErrorCode, systemCode } from '../flow/error-codes.js';
import { systemErrorText } from '../flow/system-error.js';

/** A message that violates HTTP or cannot be served; the client gets this status. */
export class ProtocolError extends Error {
  override name = 'ProtocolError';
  readonly code: ErrorCode;
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.code = PROTOCOL_CODES[status] ?? 'invalid-request';
  }
}

const PROTOCOL_CODES: Readonly<Record<number, ErrorCode>> = {
  408: 'client-timeout',
  413: 'body-too-large',
  431: 'head-too-large',
  502: 'invalid-response',
};

/**
 * The server could not be reached, or failed during the exchange. The client gets a 502 (504 after a timeout) if it can
 * still get a response.
 */
export class UpstreamError extends Error {
  override name = 'UpstreamError';
  /** A code of the flow's error, or that of a failed system call. */
  readonly code: string;
  constructor(
    message: string,
    readonly status = 502,
    /** The socket's error, if any. */
    cause?: Error,
    code?: ErrorCode,
  ) {
    super(message, { cause });
    this.code = code ?? (status === 504 ? 'upstream-timeout' : (systemCode(cause) ?? 'upstream-failed'));
  }
}

/** A server ended the connection before a message was complete. */
export class TruncatedError extends Error {
  override name = 'TruncatedError';
  readonly code: ErrorCode = 'truncated';
}

/** The server closed a reused connection while the request was sent, and the request must not be repeated. */
export class LostConnectionError extends UpstreamError {
  override name = 'LostConnectionError';
  constructor() {
    super(
      'The server closed the reused connection; only the client may retry this request.',
      502,
      undefined,
      'connection-lost',
    );
  }
}

/** The client left, so no response is sent. */
export class ClientGoneError extends Error {
  override name = 'ClientGoneError';
  constructor(
    message = 'Client disconnected.',
    readonly code: ErrorCode = 'client-disconnected',
  ) {
    super(message);
  }
}

/** The client stopped sending its request, because it has seen that it failed. The response continues. */
export class StoppedRequestError extends Error {
  override name = 'StoppedRequestError';
}

/** An addon killed the flow. */
export class KilledError extends Error {
  override name = 'KilledError';
  readonly code: ErrorCode = 'killed';
  constructor() {
    super('Connection killed.');
  }
}

/** A tunnel or a WebSocket ended abnormally. */
export class RelayError extends Error {
  override name = 'RelayError';
  constructor(
    message: string,
    readonly code: ErrorCode,
  ) {
    super(message);
  }
}

/** A listener could not be opened. */
export class ListenError extends Error {
  override name = 'ListenError';
}

/** Describes a socket error, without the addresses of Node's message. */
export function socketErrorText(error: Error): string {
  const first = firstError(error);
  const code = (first as NodeJS.ErrnoException).code;
  const known = SENTENCES[code ?? ''];
  if (known !== undefined) return known;
  // OpenSSL's reason.
  if (code === 'EPROTO' || code?.startsWith('ERR_SSL_'))
    return (first as { reason?: string }).reason ?? first.message.trim();
  return systemErrorText(first);
}

/** The error of the first address where several were tried. */
export function firstError(error: Error): Error {
  return error instanceof AggregateError ? (error.errors[0] as Error) : error;
}

const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by the peer',
  EPIPE: 'connection closed by the peer',
  ETIMEDOUT: 'connection timed out',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'network unreachable',
  ENOTFOUND: 'name not found',
  EAI_AGAIN: 'temporary failure in name resolution',
  EADDRNOTAVAIL: 'address not available',
  EMFILE: 'too many open files',
  // With TLS 1.3 it comes after the handshake.
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it requires a client certificate',
};
