/** A body as it stands in a HAR, as members of the form of JSON Lines. */
export interface HarBody {
  body?: unknown;
  bodyBase64?: unknown;
  bodySize?: number;
  /** The type that the HAR names beside it. */
  mimeType?: string | undefined;
  /** The type that a body has which was built from its parts: a boundary belongs to it. */
  contentType?: string | undefined;
}
