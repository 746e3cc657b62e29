/** Changes in versions of the flow format that cannot be detected by keys. */
export const VERSIONS = {
  /** The supported versions. Until mitmproxy 3, the version is that of the release: 0.11 to 0.19, 1.0, 2.0 and 3.0. */
  oldest: 0.11,
  newest: 21,
  /** Flows have a mark. */
  marked: 0.18,
  /** Flows have metadata. */
  metadata: 0.19,
  /** Connections have ids. */
  ids: 5,
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

/** The version as a number that increases with it; undefined for an invalid value. */
export function versionNumber(found: unknown): number | undefined {
  if (typeof found === 'number') return found;
  if (!Array.isArray(found)) return undefined;
  const [major, minor] = found as unknown[];
  if (typeof major !== 'number' || typeof minor !== 'number') return undefined;
  return major === 0 ? minor / 100 : major;
}

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
        : `it was written by a very old mitmproxy (flow format version ${version}, ${range}), which newer ones do not read either`,
    );
  }
}
