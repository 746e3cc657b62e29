import type { HttpFlow } from '../../../flow/flow.js';
import { IDEMPOTENT } from '../../../flow/http/methods.js';

/**
 * Whether a failed request may be sent again: the connection failed, and the server has not processed the request, or the
 * request is idempotent.
 */
export function mayRetry({ error, response, request, server }: HttpFlow): boolean {
  if (!error || response) return false;
  const { code = '' } = error;
  // No request is sent on a connection without a completed TCP or TLS handshake.
  if (server.error !== undefined || NOT_SENT.has(code)) return !FINAL.has(code);
  return IDEMPOTENT.has(request.method) && (LOST.has(code) || /^E[A-Z]+$/.test(code));
}

const NOT_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** Errors that would occur again. */
const FINAL: ReadonlySet<string> = new Set(['not-permitted', 'refused-by-addon', 'certificate-rejected']);
/** Errors in which the connection ended before a response. */
const LOST: ReadonlySet<string> = new Set(['connection-lost', 'connection-closed', 'upstream-failed']);

/** Milliseconds until the next attempt. */
export function backOff(attempt: number): number {
  return Math.min(5000, 100 * 2 ** attempt);
}
