import { isIP } from 'node:net';
import { withoutFinalDot } from '../../../flow/text/host-name.js';
import { unmapped } from '../../../flow/text/ip-address.js';
import type { ClientContext } from '../../client/client-context.js';
import type { FixedServer, Route } from '../../upstream/route.js';
import { type LeafSubject, leafSubject } from '../authority/leaf.js';
import type { CertificateNames } from '../x509/certificate-names.js';
import type { SubjectName } from '../x509/subject-name.js';
import { isForHost, type LeafNames, type ServerIdentity, serverIdentity } from './server-identity.js';

/** The server that a client requests, from its ClientHello and the destination of its connection. */
export interface RequestedServer {
  /** Its name or address; undefined if the client connects to an address without an SNI. */
  readonly name: string | undefined;
  /** The subject of the client's leaf. @param presented names of the server's certificate, if known */
  subject(presented: CertificateNames | undefined): LeafSubject;
  /** The check of the server's certificate. @param accepted the subject of the leaf, once the client has accepted it */
  identity(accepted?: LeafSubject): ServerIdentity;
}

export function requestedServer(context: ClientContext, sni: string | undefined, route: Route): RequestedServer {
  const { options, tls } = context.services;
  const { host, fixed } = route;
  const name = serverName(host, fixed, sni);
  const subject = (presented: CertificateNames | undefined): LeafSubject => {
    const names = options.upstreamCert ? presented : undefined;
    return leafSubject(names, sni ?? unnamedHost(context, route, names?.names)) ?? LOCALHOST;
  };
  const leafNames = (presented: CertificateNames): LeafNames => tls.leaves.namesFor(subject(presented));
  const identity = (accepted?: LeafSubject): ServerIdentity =>
    serverIdentity(name ?? { address: host, leafNames }, accepted && tls.leaves.namesFor(accepted));
  return { name, subject, identity };
}

/** The subject for a name that a certificate cannot contain, so that the client's handshake succeeds. */
export const LOCALHOST: LeafSubject = { names: [{ kind: 'dns', value: 'localhost' }] };

/**
 * The server's name. Clients of a fixed server use the name of the proxy, so the mode has the server's name, unless it keeps
 * the client's SNI.
 */
function serverName(host: string, fixed: FixedServer | undefined, sni: string | undefined): string | undefined {
  if (fixed) return (fixed.hostHeader === undefined ? sni : undefined) ?? withoutFinalDot(host);
  return sni ?? (isIP(host) ? undefined : withoutFinalDot(host));
}

/**
 * The additional host in the leaf of a client without an SNI. An address is omitted if the server's certificate has names
 * without that address, so that the client detects the mismatch.
 */
function unnamedHost(
  { client }: ClientContext,
  { host, fixed }: Route,
  names: readonly SubjectName[] = [],
): string | undefined {
  if (fixed) return client.local && unmapped(client.local[0]);
  return isIP(host) && names.length > 0 && !isForHost(names, host) ? undefined : host;
}
