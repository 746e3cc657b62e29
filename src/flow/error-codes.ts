/**
 * Values of `FlowError.code`. They are stable; the wording of messages is not. docs/errors.md explains them. A failed socket
 * has the code of the system instead, such as `ECONNREFUSED`.
 */
export const ERROR_CODES = [
  'authentication-required',
  'body-too-large',
  'certificate-rejected',
  'client-disconnected',
  'client-timeout',
  'connection-closed',
  'connection-lost',
  'head-too-large',
  'idle-timeout',
  'incomplete',
  'internal-error',
  'interrupted',
  'invalid-request',
  'invalid-response',
  'killed',
  'not-permitted',
  'offline',
  'refused-by-addon',
  'stream-reset',
  'tls-failed',
  'transform-failed',
  'truncated',
  'upstream-failed',
  'upstream-proxy-refused',
  'upstream-timeout',
  'websocket-protocol',
  'websocket-refused',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** The code of a failed system call, such as `ECONNREFUSED`. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
