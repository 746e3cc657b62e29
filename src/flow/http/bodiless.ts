/** Whether a response has no body, regardless of its framing fields (RFC 9112 section 6.3). */
export function isBodiless(method: string, statusCode: number): boolean {
  return method === 'HEAD' || isBodilessStatus(statusCode);
}

/** Whether no response with this status has a body. */
export function isBodilessStatus(statusCode: number): boolean {
  return (statusCode >= 100 && statusCode < 200) || statusCode === 204 || statusCode === 304;
}
