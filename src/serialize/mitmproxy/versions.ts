/** Changes in versions of the flow format that cannot be detected by keys. */
export const VERSIONS = {
  /** Supported versions. */
  oldest: 7,
  newest: 21,
  /** Messages have trailers. */
  trailers: 8,
  /** Requests have an authority; `is_replay` is a key of the flow instead of its messages. */
  authority: 9,
  /** Connections list the offered protocols and ciphers. */
  offers: 10,
  /** WebSocket messages are part of the HTTP flow instead of a separate flow. */
  websocket: 12,
  /** Flows have a comment; responses always have timestamps. */
  comment: 14,
  /** Flows have a creation time. */
  created: 16,
  /** Connections have exactly these keys. */
  fixedConnections: 19,
  clientKeys: 18,
  serverKeys: 19,
} as const;

/** A flow in an unsupported version. */
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
