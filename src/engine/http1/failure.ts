import { ClientGoneError, KilledError, ProtocolError, socketErrorText, UpstreamError } from '../errors.js';
import { TruncatedError } from './reader.js';

export interface Failure {
  /** What the flow records. */
  message: string;
  /** The status for the client; undefined if it gets no answer. */
  status: number | undefined;
  /** A fault of ours. */
  internal: boolean;
}

/** What a failed exchange means for its flow and its client. */
export function describeFailure(error: Error, interrupted: boolean): Failure {
  if (interrupted) return { message: 'interrupted', status: undefined, internal: false };
  if (error instanceof ClientGoneError || error instanceof KilledError) {
    return { message: error.message, status: undefined, internal: false };
  }
  if (error instanceof ProtocolError || error instanceof UpstreamError) {
    return { message: error.message, status: error.status, internal: false };
  }
  if (error instanceof TruncatedError) return { message: `${error.message}.`, status: 502, internal: false };
  if ((error as NodeJS.ErrnoException).code) {
    return { message: `Server connection failed: ${socketErrorText(error)}.`, status: 502, internal: false };
  }
  return { message: 'Internal error of the proxy.', status: 502, internal: true };
}
