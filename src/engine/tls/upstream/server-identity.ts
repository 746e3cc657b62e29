import { createHash } from 'node:crypto';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { oneLine } from '../../../flow/text/quote.js';
import { type CertificateNames, certificateNames } from '../x509/certificate-names.js';
import { type SubjectName, subjectName } from '../x509/subject-name.js';

/** The check of a server's certificate, besides the trust in its chain (RFC 9525). */
export interface ServerIdentity {
  /** Equal only for equal checks. Sessions are resumed only for the same id. */
  readonly id: string;
  /** @returns the reason why the certificate does not match the server, without a full stop; undefined if it matches */
  mismatch(certificate: PeerCertificate): string | undefined;
}

/** A server without a known name: its client connected to an address and sent no SNI. */
export interface UnnamedServer {
  address: string;
  /** The names in the client's leaf if the server presents a certificate with these names. */
  leafNames(presented: CertificateNames): LeafNames;
}

/** The names in the leaf, which replace those in the server's certificate for the client. */
export interface LeafNames {
  names: readonly SubjectName[];
  /** Whether the leaf is a certificate of the user. A client that accepts it has not accepted the server's names. */
  isOwn: boolean;
}

/**
 * The rules for checking a server's certificate:
 *
 * 1. A known host, name or address, is checked as by any client. It comes from the SNI, a URL, a CONNECT, a fixed server or an
 *    upstream proxy.
 * 2. Without a name, the check is left to the client, as long as the leaf contains no name that the server's certificate lacks.
 *    A certificate without usable names fails, because the leaf would contain the address.
 * 3. Once the client has accepted a leaf, each further connection must match all names in the leaf, because we do not know
 *    which of them the client has checked.
 *
 * A leaf that is minted before the server is known, or without its certificate, contains the address. Rules 2 and 3 check the
 * address then.
 * @param accepted the names in the leaf, once the client has accepted it
 */
export function serverIdentity(server: string | UnnamedServer, accepted?: LeafNames): ServerIdentity {
  if (typeof server === 'string') return knownHost(server);
  const { address, leafNames } = server;
  return accepted ? forAll(address, accepted) : checkedByClient(address, leafNames);
}

/** Whether a host, a name or an address, is among a certificate's names. */
export function isForHost(presented: readonly SubjectName[], host: string): boolean {
  const name = subjectName(host);
  return name !== undefined && isFor(presented, name);
}

/** @param host a name or an address, which may be IPv4-mapped or have a zone */
function knownHost(host: string): ServerIdentity {
  const name = subjectName(host);
  const checked = name?.kind === 'ip' ? name.value : host;
  return {
    id: `host ${checked}`,
    mismatch: (certificate) => {
      const mismatch = checkServerIdentity(checked, certificate);
      // The message lists the certificate's names.
      return mismatch && oneLine(mismatch.message.replace(/\.$/, ''), 500);
    },
  };
}

function checkedByClient(address: string, leafNames: UnnamedServer['leafNames']): ServerIdentity {
  return {
    id: `client ${address}`,
    mismatch: (certificate) => forAll(address, leafNames(certificateNames(certificate.raw))).mismatch(certificate),
  };
}

function forAll(address: string, { names, isOwn }: LeafNames): ServerIdentity {
  const values = names.map(({ value }) => value);
  return {
    id: `names ${createHash('sha256')
      .update(JSON.stringify([isOwn, address, values]))
      .digest('base64')}`,
    mismatch: (certificate) => {
      const presented = certificateNames(certificate.raw).names;
      const missing = names.filter((name) => !isFor(presented, name)).map(({ value }) => value);
      // The user's own leaf may have any names, so it need not match the server.
      if (missing.length === 0 || (isOwn && isForHost(presented, address))) return undefined;
      return `the certificate is not for ${listing(missing)}, which the client relies on`;
    },
  };
}

/** A wildcard matches one label (RFC 9525 section 6.3), above at least two labels as in Node, and itself. */
function isFor(presented: readonly SubjectName[], { kind, value }: SubjectName): boolean {
  const wildcard = kind === 'dns' ? value.replace(/^[^.]+(?=(?:\.[^.]+){2})/, '*') : value;
  return presented.some((name) => name.kind === kind && (name.value === value || name.value === wildcard));
}

/** Shortens the list: a certificate can have hundreds of names. */
function listing(values: readonly string[]): string {
  const more = values.length - 3;
  return more > 0 ? `${values.slice(0, 3).join(', ')} and ${more} more` : values.join(', ');
}
