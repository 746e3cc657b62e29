import { X509Certificate } from 'node:crypto';
import { BoundedMap } from '../../../flow/bounded-map.js';
import type { CertificateNames } from '../x509/certificate-names.js';
import { sequence, TAG } from '../x509/der.js';
import { readElement } from '../x509/der-reader.js';

/** The parameters that a full handshake checks or negotiates, and that a resumed one inherits. */
export interface SessionScope {
  /** The server's IP address, or its name if a proxy resolves it. */
  address: string;
  port: number;
  /** The check of the certificate; see `ServerIdentity`. */
  identity: string;
  /** The SNI. */
  sni: string | undefined;
  /** Key of the verification settings: insecure or not, roots, versions, ciphers. */
  verification: string;
  /** Key of the client certificate; undefined without one. */
  clientCertificate: string | undefined;
  alpnOffers: readonly string[];
}

/** The result of a full handshake. A resumed handshake has no certificates, and Node reports it as verified in any case. */
export interface VerifiedPeer {
  names: CertificateNames;
  /** DER certificates as the server sent them, leaf first. */
  certificates: Buffer[];
  /** The reason why verification failed; undefined if it succeeded. */
  verificationError: string | undefined;
}

export interface UpstreamSession {
  /** For the option `session` of `tls.connect`, without the server's certificate, which is in `peer`. */
  session: Buffer;
  peer: VerifiedPeer;
}

interface Entry extends UpstreamSession {
  /** When the server was verified, in milliseconds since the epoch. */
  verified: number;
  /** Until when that counts. */
  expires: number;
}

export interface UpstreamSessionsOptions {
  /** Maximum number of sessions; the least recently used one is dropped first. A session has some kilobytes. */
  capacity?: number;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

/** Milliseconds after which the server is verified again, even if the session was resumed and renewed in the meantime. */
const VERIFIED_FOR = 2 * 60 * 60 * 1000;

/**
 * TLS sessions with servers. A session is used only for connections of its own scope: OpenSSL would resume it under another
 * name, or with verification enabled, without a check.
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
    if (!entry || this.isVerified(entry)) return entry;
    this.entries.delete(id);
    return undefined;
  }

  /** Stores a session of a full handshake. @param session from the `session` event of a TLS socket */
  add(scope: SessionScope, session: Buffer, peer: VerifiedPeer): void {
    // A chain that was accepted without verification has no expiry.
    const valid = peer.verificationError === undefined ? expiryOf(peer.certificates[0]) : Number.POSITIVE_INFINITY;
    const verified = this.now();
    const expires = Math.min(verified + VERIFIED_FOR, valid);
    this.entries.set(keyOf(scope), { session: sessionWithoutPeer(session), peer, verified, expires });
  }

  /** After the clock was set back, the age of a verification is unknown. */
  private isVerified({ verified, expires }: Entry): boolean {
    const now = this.now();
    return verified <= now && now < expires;
  }

  /**
   * Stores the newer ticket of a resumed session. The verification result and its expiry stay; without an entry the
   * ticket is dropped.
   */
  renew(scope: SessionScope, session: Buffer): void {
    const id = keyOf(scope);
    const entry = this.entries.get(id);
    if (entry) this.entries.set(id, { ...entry, session: sessionWithoutPeer(session) });
  }

  /** Removes a session that led to a failure. */
  delete(scope: SessionScope): void {
    this.entries.delete(keyOf(scope));
  }
}

function keyOf(scope: SessionScope): string {
  const { address, port, identity, sni, verification, clientCertificate, alpnOffers } = scope;
  return JSON.stringify([address, port, identity, sni, verification, clientCertificate, alpnOffers]);
}

/** Milliseconds since the epoch; 0 without a valid certificate. */
function expiryOf(certificate: Buffer | undefined): number {
  if (!certificate) return 0;
  try {
    return Date.parse(new X509Certificate(certificate).validTo);
  } catch {
    return 0;
  }
}

/** `[3] peer`, the certificate of the peer. */
const PEER = 0xa3;

/** Newer versions of Node.js put this and the name of the server, with its length in two bytes, before the session. */
const NODE_PREFIX = Buffer.from('\0nodejs:tls:session:1\0', 'latin1');

/**
 * Removes the certificate of the peer from a TLS session in OpenSSL's DER form (`i2d_SSL_SESSION`), where it is optional and
 * unused. OpenSSL decodes the certificate and its key each time that a session is set, and Node sets it twice. This takes
 * longer than the rest of a resumed handshake.
 * @returns the same session if it has no certificate or another form
 */
export function sessionWithoutPeer(session: Buffer): Buffer {
  const start = derStart(session);
  const whole = readElement(session.subarray(start));
  if (whole?.tag !== TAG.sequence || start + whole.raw.length !== session.length) return session;
  const { content } = whole;
  for (let at = 0; at < content.length; ) {
    const field = readElement(content.subarray(at));
    if (!field) return session;
    const end = at + field.raw.length;
    if (field.tag === PEER) {
      const shorter = sequence(content.subarray(0, at), content.subarray(end));
      return start === 0 ? shorter : Buffer.concat([session.subarray(0, start), shorter]);
    }
    at = end;
  }
  return session;
}

function derStart(session: Buffer): number {
  const name = NODE_PREFIX.length + 2;
  if (session.length < name || !session.subarray(0, NODE_PREFIX.length).equals(NODE_PREFIX)) return 0;
  return Math.min(session.length, name + session.readUInt16BE(NODE_PREFIX.length));
}
