import type { HttpFlow } from '../../../flow/flow.js';
import { isIdempotent } from '../lanes.js';

/** Whether a request may be sent again: its connection failed, and the server cannot have processed it twice. */
export function mayRetry({ error, response, request, server }: HttpFlow): boolean {
  if (!error || response) return false;
  const { code = '' } = error;
  // Nothing was sent on a connection that was not made, or not secured.
  if (server.error !== undefined || NOT_SENT.has(code)) return !FINAL.has(code);
  return isIdempotent(request.method) && (LOST.has(code) || /^E[A-Z]+$/.test(code));
}

const NOT_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** The next attempt would end in the same way. */
const FINAL: ReadonlySet<string> = new Set(['not-permitted', 'refused-by-addon', 'certificate-rejected']);
/** The connection ended before a response. */
const LOST: ReadonlySet<string> = new Set(['connection-lost', 'connection-closed', 'upstream-failed']);

/** Milliseconds before the next attempt. */
export function backOff(attempt: number): number {
  return Math.min(5000, 100 * 2 ** attempt);
}
