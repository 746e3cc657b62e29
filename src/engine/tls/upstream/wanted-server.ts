import { isIP } from 'node:net';
import { withoutFinalDot } from '../../../flow/text/host-name.js';
import { unmapped } from '../../../flow/text/ip-address.js';
import type { ClientContext } from '../../client/client-context.js';
import type { FixedServer, Route } from '../../upstream/route.js';
import { type LeafSubject, leafSubject } from '../authority/leaf.js';
import type { CertificateNames } from '../x509/certificate-names.js';
import type { SubjectName } from '../x509/subject-name.js';
import { isForHost, type LeafNames, type ServerIdentity, serverIdentity } from './server-identity.js';

/** The server that a client wants to speak TLS with, by its ClientHello and by where its connection leads. */
export interface WantedServer {
  /** Its name or address; undefined if the client connects to an address and names nothing. */
  readonly name: string | undefined;
  /** What the leaf for the client is for. @param presented names of the server's certificate, if it has shown one */
  subject(presented: CertificateNames | undefined): LeafSubject;
  /** What the server's certificate has to be for. @param accepted the leaf's subject, once the client has accepted it */
  identity(accepted?: LeafSubject): ServerIdentity;
}

export function wantedServer(context: ClientContext, sni: string | undefined, route: Route): WantedServer {
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

/** A name that no certificate can have must not leave the client without an answer. */
export const LOCALHOST: LeafSubject = { names: [{ kind: 'dns', value: 'localhost' }] };

/** The clients of a fixed server ask for us, so its name is known from elsewhere, unless that is left to them. */
function serverName(host: string, fixed: FixedServer | undefined, sni: string | undefined): string | undefined {
  if (fixed) return (fixed.hostHeader === undefined ? sni : undefined) ?? withoutFinalDot(host);
  return sni ?? (isIP(host) ? undefined : withoutFinalDot(host));
}

/**
 * What the leaf for a client that names no host is for beside the names of the server. An address is left out if the
 * server's certificate has names but not the address: the client's own check has to find that out.
 */
function unnamedHost(
  { client }: ClientContext,
  { host, fixed }: Route,
  names: readonly SubjectName[] = [],
): string | undefined {
  if (fixed) return client.local && unmapped(client.local[0]);
  return isIP(host) && names.length > 0 && !isForHost(names, host) ? undefined : host;
}
