import { type ErrorCode, systemCode } from '../flow/error-codes.js';

/** A message that breaks HTTP's rules, or cannot be served; the client is answered with this status. */
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
  431: 'head-too-large',
  502: 'invalid-response',
};

/** The server could not be reached, or broke off. The client gets a 502 (504 after a timeout) if it can still get anything. */
export class UpstreamError extends Error {
  override name = 'UpstreamError';
  /** A code of the flow's error, or that of a failed system call. */
  readonly code: string;
  constructor(
    message: string,
    readonly status = 502,
    /** The error of the socket, if there was one. */
    cause?: Error,
    code?: ErrorCode,
  ) {
    super(message, { cause });
    this.code = code ?? (status === 504 ? 'upstream-timeout' : (systemCode(cause) ?? 'upstream-failed'));
  }
}

/** A server ended the connection where a message was not complete. */
export class TruncatedError extends Error {
  override name = 'TruncatedError';
  readonly code: ErrorCode = 'truncated';
}

/** A connection that had served before was closed by the server as the request went out, and it may not be sent again. */
export class LostConnectionError extends UpstreamError {
  override name = 'LostConnectionError';
  constructor() {
    super(
      'The server closed the connection that was used again; the request may not be repeated but by the client.',
      502,
      undefined,
      'connection-lost',
    );
  }
}

/** The client left. There is nobody to answer. */
export class ClientGoneError extends Error {
  override name = 'ClientGoneError';
  constructor(
    message = 'Client disconnected.',
    readonly code: ErrorCode = 'client-disconnected',
  ) {
    super(message);
  }
}

/** An addon killed the flow. */
export class KilledError extends Error {
  override name = 'KilledError';
  readonly code: ErrorCode = 'killed';
  constructor() {
    super('Connection killed.');
  }
}

/** A tunnel or a WebSocket did not end as it should. */
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

/** The sentence for a failed socket, without Node's own words where the code says it all. */
export function socketErrorText(error: Error): string {
  const first = firstError(error);
  const code = (first as NodeJS.ErrnoException).code;
  return SENTENCES[code ?? ''] ?? first.message;
}

/** Of several addresses that were tried, what went wrong with the first. */
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
  EAI_AGAIN: 'name could not be resolved for now',
  EADDRNOTAVAIL: 'address not available',
  EMFILE: 'too many open files',
};
