/** Limits of an HTTP/1 reader. */
export interface ReaderLimits {
  /** Maximum size of a head or of trailers in bytes. */
  readonly maxHeaderSize: number;
  /** Whether to reject violations of RFC 9112. */
  readonly strict: boolean;
  /** Status for refused messages: 400 when reading from clients, 502 from servers. */
  readonly status: 400 | 502;
}
