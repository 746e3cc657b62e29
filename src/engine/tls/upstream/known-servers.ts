import { BoundedMap } from '../../../flow/bounded-map.js';
import type { CertificateNames } from '../x509/certificate-names.js';
import type { VerifiedPeer } from './upstream-sessions.js';

/** Maximum number of known servers. An entry takes some kilobytes for its certificates. */
const CAPACITY = 500;

const HTTP_PROTOCOLS: readonly string[] = ['h2', 'http/1.1', 'http/1.0'];

/** The answers of a server in its last successful handshake. */
export interface KnownServer {
  /** The names in its certificate. */
  readonly names: CertificateNames;
  /** Its certificates in DER, leaf first. */
  readonly certificates: readonly Buffer[];
  /** The ALPN protocol that it chose. */
  readonly alpn: string | undefined;
  /** Whether a client has spoken HTTP with it. Such a server does not send the first bytes. */
  servesHttp: boolean;
}

interface Entry extends KnownServer {
  /** By the clock of the cache. */
  readonly expires: number;
}

/**
 * The answers of servers in their last successful handshakes, for `server_identity_ttl`: further clients get their leaf without
 * a wait for the server. Nothing is verified by them: each connection to a server performs its own handshake before it carries
 * a request.
 */
export class KnownServers {
  private readonly entries: BoundedMap<string, Entry>;

  /** @param ttl in seconds; 0 disables the cache @param now milliseconds of a clock that is never set */
  constructor(
    private readonly ttl: number,
    private readonly now: () => number = () => performance.now(),
    capacity = CAPACITY,
  ) {
    this.entries = new BoundedMap(capacity);
  }

  get size(): number {
    return this.entries.size;
  }

  /** @param key from `knownServerKey` */
  get(key: string): KnownServer | undefined {
    if (this.ttl === 0) return undefined;
    const entry = this.entries.use(key);
    if (!entry || entry.expires > this.now()) return entry;
    this.entries.delete(key);
    return undefined;
  }

  /**
   * A known server that speaks HTTP, so that it does not send the first bytes, and its clients can be served before it is
   * connected.
   */
  getHttp(key: string): KnownServer | undefined {
    const known = this.get(key);
    const isHttp = known?.alpn === undefined ? known?.servesHttp : HTTP_PROTOCOLS.includes(known.alpn);
    return isHttp ? known : undefined;
  }

  /** Stores the answers of a successful handshake. */
  remember(key: string, { names, certificates }: VerifiedPeer, alpn: string | undefined): void {
    if (this.ttl === 0) return;
    const servesHttp = this.entries.get(key)?.servesHttp ?? false;
    this.entries.set(key, { names, certificates, alpn, servesHttp, expires: this.now() + this.ttl * 1000 });
  }

  /** Removes a server after a failed handshake. */
  forget(key: string): void {
    this.entries.delete(key);
  }

  /** Notes that a client has spoken HTTP with the server. */
  noteHttp(key: string): void {
    const entry = this.entries.get(key);
    if (entry) entry.servesHttp = true;
  }
}
