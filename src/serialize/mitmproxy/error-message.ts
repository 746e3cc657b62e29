import type { ErrorCode } from '../../flow/error-codes.js';

/** Messages of mitmproxy, which has no codes, for what the client or an addon has caused. */
const CODES: ReadonlyMap<string, ErrorCode> = new Map([
  ['Client disconnected.', 'client-disconnected'],
  ['stream reset by client (CANCEL)', 'client-disconnected'],
  ['Connection killed.', 'killed'],
]);

/** The code of an error by its message; undefined if that does not tell it. */
export function codeOfMessage(message: string): ErrorCode | undefined {
  return CODES.get(message);
}
