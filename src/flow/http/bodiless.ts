/** Whether the client expects no body behind such a head, whatever that says (RFC 9112 section 6.3). */
export function isBodiless(method: string, statusCode: number): boolean {
  return method === 'HEAD' || statusCode === 204 || statusCode === 304;
}
