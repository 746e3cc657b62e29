/** Safe methods (RFC 9110 section 9.2.1): their requests change nothing on the server. */
export const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Idempotent methods (RFC 9110 section 9.2.2): their requests may be repeated. */
export const IDEMPOTENT: ReadonlySet<string> = new Set([...SAFE, 'PUT', 'DELETE']);
