/** Tells whether a host is meant. */
export type HostTest = (host: string) => boolean;

/** Which connections are left alone, and which are bytes to us whatever they look like. */
export interface HostRules {
  /** Asked with `host:port`. If it is there, what it knows none of is ignored. */
  readonly allow: HostTest | undefined;
  /** Asked with `host:port`. What it knows one of is ignored. */
  readonly ignore: HostTest | undefined;
  /** Asked with hosts: what they say is not understood, but TLS is intercepted. */
  readonly tcp: HostTest | undefined;
}
