/** A body in a HAR, as members in the form of JSON Lines. */
export interface HarBody {
  body?: unknown;
  bodyBase64?: unknown;
  bodySize?: number;
  /** The media type stated beside the body. */
  mimeType?: string | undefined;
  /** The media type of a body built from its parts, including the boundary. */
  contentType?: string | undefined;
  /** Whether the body is still encoded as `Content-Encoding` says. In HAR it is usually decoded. */
  isEncoded?: boolean;
}
