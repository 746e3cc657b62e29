/** What changed in which version of the flow format, as far as it cannot be seen from the keys themselves. */
export const VERSIONS = {
  /** The versions that are read. */
  oldest: 7,
  newest: 21,
  /** Messages have trailers. */
  trailers: 8,
  /** Requests have an authority; `is_replay` is a key of the flow rather than of its messages. */
  authority: 9,
  /** Connections list what was offered. */
  offers: 10,
  /** WebSocket messages are part of the HTTP flow rather than a flow of their own. */
  websocket: 12,
  /** A comment; responses always have times. */
  comment: 14,
  /** Flows say when they were created. */
  created: 16,
  /** Connections have these keys exactly. */
  fixedConnections: 19,
  clientKeys: 18,
  serverKeys: 19,
} as const;

/** A flow in a version that cannot be read. */
export class VersionError extends Error {
  override name = 'VersionError';

  constructor(found: unknown) {
    const range = `this tsdump reads ${VERSIONS.oldest} to ${VERSIONS.newest}`;
    const newer = typeof found === 'number' && found > VERSIONS.newest;
    const version = Array.isArray(found) ? found.join('.') : String(found);
    super(
      newer
        ? `it was written by a newer mitmproxy (flow format version ${version}, ${range}): update tsdump to read it`
        : `it was written by an older mitmproxy (flow format version ${version}, ${range}): convert the file with mitmproxy 11 or newer, mitmdump -nr OLD -w NEW`,
    );
  }
}
