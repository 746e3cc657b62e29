/** One side sent bytes that must not be forwarded, so tsdump ends the WebSocket. */
export class WebSocketError extends Error {
  override name = 'WebSocketError';
  /** @param code for the close frames (RFC 6455 section 7.4.1) */
  constructor(
    readonly code: 1002 | 1007 | 1009,
    message: string,
  ) {
    super(message);
  }
}
