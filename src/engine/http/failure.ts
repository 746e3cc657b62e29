import { ContentCodingError } from '../../flow/body/content-coding.js';
import { BodyTransformError } from '../../flow/body/transform.js';
import { formatAddress } from '../../flow/connection.js';
import { systemCode } from '../../flow/error-codes.js';
import type { HttpResponse } from '../../flow/http/http-response.js';
import {
  ClientGoneError,
  firstError,
  KilledError,
  ProtocolError,
  RelayError,
  socketErrorText,
  TruncatedError,
  UpstreamError,
} from '../errors.js';
import { credentialsHint } from '../upstream/dial/credentials-hint.js';
import type { UpstreamConnection } from './wire.js';

export interface Failure {
  /** For the flow's error. */
  message: string;
  code: string;
  /** The status for the client; undefined if it gets no response. */
  status: number | undefined;
  /** A bug in tsdump. */
  internal: boolean;
}

/** Describes a failed exchange for its flow and its client. */
export function describeFailure(error: Error, interrupted: boolean): Failure {
  if (interrupted) return { message: 'interrupted', code: 'interrupted', status: undefined, internal: false };
  if (error instanceof ClientGoneError || error instanceof KilledError || error instanceof RelayError) {
    return { message: error.message, code: error.code, status: undefined, internal: false };
  }
  if (error instanceof ProtocolError || error instanceof UpstreamError) {
    return { message: error.message, code: error.code, status: error.status, internal: false };
  }
  if (error instanceof TruncatedError)
    return { message: `${error.message}.`, code: error.code, status: 502, internal: false };
  if (error instanceof BodyTransformError || error instanceof ContentCodingError) {
    return { message: error.message, code: 'transform-failed', status: 502, internal: false };
  }
  const code = systemCode(firstError(error));
  if (code !== undefined) {
    return { message: `Server connection failed: ${socketErrorText(error)}.`, code, status: 502, internal: false };
  }
  return { message: 'Internal error of the proxy.', code: 'internal-error', status: 502, internal: true };
}

/** The upstream proxy rejected our credentials; the client cannot supply them. */
export function refusedByUpstreamProxy(
  { server, forwarder }: UpstreamConnection,
  { statusCode, reason, headers }: HttpResponse,
): UpstreamError {
  const hint = credentialsHint(headers, forwarder?.authorization !== undefined);
  return new UpstreamError(
    `The upstream proxy ${formatAddress(server.via?.address)} refused the request: ${statusCode} ${reason}.${hint}`,
    502,
    undefined,
    'upstream-proxy-refused',
  );
}

/** Whether the server closed the connection, as opposed to a timeout or an invalid response. */
export function isLoss(error: unknown): boolean {
  if (error instanceof UpstreamError) return error.status !== 504;
  return !(error instanceof ProtocolError);
}
