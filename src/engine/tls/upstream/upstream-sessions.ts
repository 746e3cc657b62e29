import { X509Certificate } from 'node:crypto';
import { BoundedMap } from '../../../flow/bounded-map.js';
import type { CertificateNames } from '../x509/certificate-names.js';

/** Everything that was checked, or was decided, in a full handshake with a server, and so is taken over by resuming. */
export interface SessionScope {
  /** The IP address that was connected to, or the name where a proxy resolves it. */
  address: string;
  port: number;
  /** What the certificate had to be for; see `ServerIdentity`. */
  identity: string;
  /** The SNI that was sent. */
  sni: string | undefined;
  /** Stands for the settings of verification: insecure or not, roots, versions, ciphers. */
  verification: string;
  /** Stands for the client certificate that is presented, if there is one. */
  clientCertificate: string | undefined;
  alpnOffers: readonly string[];
}

/** What a full handshake found out. A resumed one shows no certificates, and counts as verified whatever they were. */
export interface VerifiedPeer {
  names: CertificateNames;
  /** DER certificates as the server sent them, leaf first. */
  certificates: Buffer[];
  /** Why verification failed; undefined if it did not. */
  verificationError: string | undefined;
}

export interface UpstreamSession {
  /** For the option `session` of `tls.connect`. */
  session: Buffer;
  peer: VerifiedPeer;
}

interface Entry extends UpstreamSession {
  expires: number;
}

export interface UpstreamSessionsOptions {
  /** Sessions that are kept; the one that was not used for longest goes first. A session has some kilobytes. */
  capacity?: number;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

/** What was verified is verified again after so long, however often the session was resumed and renewed. */
const VERIFIED_FOR = 2 * 60 * 60 * 1000;

/**
 * TLS sessions with servers, each for connections of exactly the scope it was made in: OpenSSL resumes under another
 * name, or with verification switched on, without a check.
 */
export class UpstreamSessions {
  private readonly entries: BoundedMap<string, Entry>;
  private readonly now: () => number;

  constructor(options: UpstreamSessionsOptions = {}) {
    this.entries = new BoundedMap(options.capacity ?? 500);
    this.now = options.now ?? Date.now;
  }

  get size(): number {
    return this.entries.size;
  }

  get(scope: SessionScope): UpstreamSession | undefined {
    const id = keyOf(scope);
    const entry = this.entries.use(id);
    if (!entry || entry.expires > this.now()) return entry;
    this.entries.delete(id);
    return undefined;
  }

  /** Keeps a session of a full handshake. @param session as the `session` event of a TLS socket gives it */
  add(scope: SessionScope, session: Buffer, peer: VerifiedPeer): void {
    // A chain that failed and is used all the same has no validity to end.
    const valid = peer.verificationError === undefined ? expiryOf(peer.certificates[0]) : Number.POSITIVE_INFINITY;
    this.entries.set(keyOf(scope), { session, peer, expires: Math.min(this.now() + VERIFIED_FOR, valid) });
  }

  /** Keeps the newer ticket of a resumed session. What was verified, and when, stays; without that it is not kept. */
  renew(scope: SessionScope, session: Buffer): void {
    const id = keyOf(scope);
    const entry = this.entries.get(id);
    if (entry) this.entries.set(id, { ...entry, session });
  }

  /** Forgets a session that led to a failure. */
  delete(scope: SessionScope): void {
    this.entries.delete(keyOf(scope));
  }
}

function keyOf(scope: SessionScope): string {
  const { address, port, identity, sni, verification, clientCertificate, alpnOffers } = scope;
  return JSON.stringify([address, port, identity, sni, verification, clientCertificate, alpnOffers]);
}

/** Milliseconds since the epoch; long ago if there is no certificate to tell. */
function expiryOf(certificate: Buffer | undefined): number {
  if (!certificate) return 0;
  try {
    return Date.parse(new X509Certificate(certificate).validTo);
  } catch {
    return 0;
  }
}
