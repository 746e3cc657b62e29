import { ProtocolError, UpstreamError } from '../errors.js';
import { Reply } from './messages.js';

/** What a client is told when its connection could not be made. @returns undefined if the error is our own fault */
export function replyTo(error: Error): number | undefined {
  // It would lead back to us.
  if (error instanceof ProtocolError) return Reply.notAllowed;
  if (!(error instanceof UpstreamError)) return undefined;
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return REPLIES[code ?? ''] ?? (error.status === 504 ? Reply.hostUnreachable : Reply.failure);
}

const REPLIES: Readonly<Record<string, number>> = {
  ECONNREFUSED: Reply.refused,
  ENETUNREACH: Reply.networkUnreachable,
  EHOSTUNREACH: Reply.hostUnreachable,
  ENOTFOUND: Reply.hostUnreachable,
  EAI_AGAIN: Reply.hostUnreachable,
  ETIMEDOUT: Reply.hostUnreachable,
};
