import { BoundedMap } from '../../../flow/bounded-map.js';
import type { CertificateNames } from '../x509/certificate-names.js';
import type { VerifiedPeer } from './upstream-sessions.js';

/** Servers that are remembered; with their certificates they have some kilobytes each. */
const CAPACITY = 500;

const HTTP_PROTOCOLS: readonly string[] = ['h2', 'http/1.1', 'http/1.0'];

/** What a server said in its last handshake. */
export interface KnownServer {
  /** Of its certificate. */
  readonly names: CertificateNames;
  /** DER, leaf first. */
  readonly certificates: readonly Buffer[];
  /** The protocol that it chose. */
  readonly alpn: string | undefined;
  /** A client has spoken HTTP with it, so it does not speak first. */
  servesHttp: boolean;
}

interface Entry extends KnownServer {
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/**
 * What servers said in handshakes that succeeded, for the certificates of further clients (`server_identity_ttl`). It
 * verifies nothing: each connection to a server has a handshake of its own, before it carries a request.
 */
export class KnownServers {
  private readonly entries: BoundedMap<string, Entry>;

  /** @param ttl seconds; 0 remembers nothing @param now milliseconds since the epoch */
  constructor(
    private readonly ttl: number,
    private readonly now: () => number = Date.now,
    capacity = CAPACITY,
  ) {
    this.entries = new BoundedMap(capacity);
  }

  get size(): number {
    return this.entries.size;
  }

  /** @param key of everything that a handshake depends on */
  get(key: string): KnownServer | undefined {
    if (this.ttl === 0) return undefined;
    const entry = this.entries.use(key);
    if (!entry || entry.expires > this.now()) return entry;
    this.entries.delete(key);
    return undefined;
  }

  /** The server, if it is certain that it does not speak first, so that its clients can be served before it is reached. */
  getHttp(key: string): KnownServer | undefined {
    const known = this.get(key);
    const isHttp = known?.alpn === undefined ? known?.servesHttp : HTTP_PROTOCOLS.includes(known.alpn);
    return isHttp ? known : undefined;
  }

  /** A handshake has succeeded. */
  remember(key: string, { names, certificates }: VerifiedPeer, alpn: string | undefined): void {
    if (this.ttl === 0) return;
    const servesHttp = this.entries.get(key)?.servesHttp ?? false;
    this.entries.set(key, { names, certificates, alpn, servesHttp, expires: this.now() + this.ttl * 1000 });
  }

  /** A handshake has failed. */
  forget(key: string): void {
    this.entries.delete(key);
  }

  /** A client speaks HTTP with the server. */
  noteHttp(key: string): void {
    const entry = this.entries.get(key);
    if (entry) entry.servesHttp = true;
  }
}
