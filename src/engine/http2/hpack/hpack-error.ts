/** A field block that cannot be decompressed. It ends the connection with COMPRESSION_ERROR (RFC 9113 section 4.3). */
export class HpackError extends Error {
  override name = 'HpackError';
}
