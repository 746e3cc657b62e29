/** Whether a rule matches a host. */
export type HostTest = (host: string) => boolean;

/** Which connections are ignored, and which are relayed as raw bytes. */
export interface HostRules {
  /** Matches `host:port`. If set, connections without a match are ignored. */
  readonly allow: HostTest | undefined;
  /** Matches `host:port`. Matching connections are ignored. */
  readonly ignore: HostTest | undefined;
  /** Matches host names. TLS to matching hosts is intercepted, but the content is relayed as raw bytes. */
  readonly tcp: HostTest | undefined;
}
