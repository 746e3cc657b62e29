/** Whether a response has no body, regardless of its framing fields (RFC 9112 section 6.3). */
export function isBodiless(method: string, statusCode: number): boolean {
  return method === 'HEAD' || statusCode === 204 || statusCode === 304;
}
