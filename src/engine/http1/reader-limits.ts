/** What a reader of HTTP/1 takes. */
export interface ReaderLimits {
  /** Most bytes of a head or of trailers. */
  readonly maxHeaderSize: number;
  /** Refuse what RFC 9112 forbids. */
  readonly strict: boolean;
  /** The status of what is refused: 400 where clients are read, 502 where servers are. */
  readonly status: 400 | 502;
}
