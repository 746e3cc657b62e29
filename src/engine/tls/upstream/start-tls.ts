import type { SecureContext, TLSSocket } from 'node:tls';
import type { ServerConnection, TlsSession } from '../../../flow/connection.js';
import type { ErrorCode } from '../../../flow/error-codes.js';
import type { TlsStartServerData } from '../../../flow/hooks/hooks.js';
import { formatHostPort } from '../../../flow/http/authority.js';
import type { ClientContext } from '../../client/client-context.js';
import { ClientGoneError, UpstreamError } from '../../errors.js';
import { whileClientStays } from '../../upstream/dial/while-client-stays.js';
import { ServerChannel } from '../../upstream/server-channel.js';
import type { CertificateFile } from '../certificate-file.js';
import { handshakeErrorText } from '../tls-errors.js';
import { certificateNames } from '../x509/certificate-names.js';
import { certificateChain } from '../x509/peer-certificates.js';
import type { ServerHandshake } from './server-handshake.js';
import { serverIdentity } from './server-identity.js';
import { type NameVerification, ReceivedSessions, shakeHands, sniFor } from './shake-hands.js';
import type { SessionScope, VerifiedPeer } from './upstream-sessions.js';
import { chainError, INSECURE } from './verification-error.js';

/** A TLS connection to a server, and its verified certificate. */
export class TlsServerChannel extends ServerChannel {
  constructor(
    { socket, connection, clock }: ServerChannel,
    stream: TLSSocket,
    readonly peer: VerifiedPeer,
    isShareable: boolean,
  ) {
    super(stream, socket, connection, clock);
    this.isShareable = isShareable;
  }
}

/**
 * Performs the TLS handshake with a server on an open connection and verifies its certificate. A server that refuses HTTP/1 is
 * offered HTTP/2 as well, although the client does not speak it.
 * @throws UpstreamError with the reason, ClientGoneError if the client left in the meantime; the connection is closed
 * then
 */
export async function startTls(
  context: ClientContext,
  tcp: ServerChannel,
  wanted: ServerHandshake,
): Promise<TlsServerChannel> {
  const { http2OnlyServers, options } = context.services;
  const { alpnOffers, reconnect } = wanted;
  if (!reconnect || !options.http2 || alpnOffers.includes('h2')) return shakeHandsOnce(context, tcp, wanted);
  const server = tcp.connection;
  const [host, port] = server.address!;
  const offered = alpnOffers.length > 0 ? alpnOffers : ['http/1.1'];
  const withHttp2: ServerHandshake = { ...wanted, alpnOffers: [...offered, 'h2'] };
  if (http2OnlyServers.has(host, port)) return shakeHandsOnce(context, tcp, withHttp2);
  // Without an offer of HTTP/1, the server cannot refuse it.
  if (!alpnOffers.includes('http/1.1')) return shakeHandsOnce(context, tcp, wanted);
  try {
    return await shakeHandsOnce(context, tcp, wanted);
  } catch (error) {
    if (!refusesProtocols(error)) throw error;
    server.error = undefined;
    const channel = await shakeHandsOnce(context, await reconnect(server), withHttp2);
    if (server.tls?.alpn === 'h2') http2OnlyServers.add(host, port);
    server.timestampEnd = undefined;
    return channel;
  }
}

/** Whether a server speaks none of the offered protocols (RFC 7301 section 3.2). */
function refusesProtocols(error: unknown): boolean {
  const cause = error instanceof UpstreamError ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return cause?.code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL';
}

async function shakeHandsOnce(
  context: ClientContext,
  tcp: ServerChannel,
  wanted: ServerHandshake,
): Promise<TlsServerChannel> {
  const { services, client } = context;
  const { sessions } = services.tls;
  const server = tcp.connection;
  const pending = runStartHook(context, tcp, wanted);
  const handshake = pending instanceof Promise ? await pending : pending;
  const found = findCredentials(context, handshake.name ?? server.address![0]);
  const credentials = found instanceof Promise ? await found : found;
  if (credentials instanceof Error) return fail(context, tcp, `${credentials.message}.`);
  const scope = sessionScope(context, tcp, handshake, credentials.certificate);
  const known = sessions.get(scope);
  const received = new ReceivedSessions();
  const verification: NameVerification = { mismatch: undefined };
  let stream: TLSSocket;
  try {
    stream = await whileClientStays(context, tcp, () =>
      shakeHands(context, tcp, handshake, { session: known?.session, received, verification, ...credentials }),
    );
  } catch (error) {
    if (error instanceof ClientGoneError) throw error;
    sessions.delete(scope);
    const reason = handshakeErrorText(error as Error);
    return fail(context, tcp, `TLS handshake with ${nameOf(server)} failed: ${reason}.`, 'tls-failed', error as Error);
  }
  reportLaterErrors(stream, server);
  const resumed = known !== undefined && stream.isSessionReused();
  const peer = resumed ? known.peer : readPeer(stream, verification);
  server.tls = tlsSession(stream, handshake, peer, tcp);
  if (peer.verificationError && !services.options.sslInsecure) {
    sessions.delete(scope);
    const name = handshake.name ?? nameOf(server);
    return fail(
      context,
      tcp,
      `Certificate verify failed for ${name}: ${peer.verificationError}.`,
      'certificate-rejected',
    );
  }
  received.accept((session) => (resumed ? sessions.renew(scope, session) : sessions.add(scope, session, peer)));
  const notified = services.hooks.emit('tlsEstablishedServer', { client, server });
  if (notified) await notified;
  return new TlsServerChannel(tcp, stream, peer, tcp.isShareable && credentials.certificate === undefined);
}

/** Closes a connection whose handshake has failed. @throws UpstreamError always */
async function fail(
  { services, client }: ClientContext,
  tcp: ServerChannel,
  reason: string,
  code: ErrorCode = 'tls-failed',
  cause?: Error,
): Promise<never> {
  const server = tcp.connection;
  services.lookups.forget(server.address![0]);
  tcp.destroy();
  server.error = reason;
  await services.hooks.emit('tlsFailedServer', { client, server });
  throw new UpstreamError(reason, 502, cause, code);
}

/** What we present to a server. */
interface Credentials {
  /** For a server that requests one. */
  readonly certificate: CertificateFile | undefined;
  readonly secureContext: SecureContext;
}

/** @returns an error if the certificate of `client_certs` is unusable; a promise only if it has to be read */
function findCredentials(
  { services: { tls } }: ClientContext,
  host: string,
): Credentials | Error | Promise<Credentials | Error> {
  const use = (certificate: CertificateFile | undefined): Credentials => ({
    certificate,
    secureContext: tls.serverContexts.get(certificate),
  });
  try {
    const found = tls.clientCertificates?.for(host);
    return found instanceof Promise ? found.then(use).catch((error: Error) => error) : use(found);
  } catch (error) {
    return error as Error;
  }
}

/** Later TLS errors, such as a missing client certificate, end the connection like any other. */
function reportLaterErrors(stream: TLSSocket, server: ServerConnection): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!error.code?.startsWith('ERR_SSL_')) return;
    server.error ??= `TLS with ${nameOf(server)} failed: ${handshakeErrorText(error)}.`;
  });
}

function nameOf({ address }: ServerConnection): string {
  return formatHostPort(...address!);
}

function tlsSession(stream: TLSSocket, handshake: ServerHandshake, peer: VerifiedPeer, tcp: ServerChannel): TlsSession {
  return {
    version: stream.getProtocol() ?? '',
    cipher: stream.getCipher().name,
    sni: sniFor(handshake.name),
    alpn: stream.alpnProtocol || undefined,
    alpnOffers: [...handshake.alpnOffers],
    cipherOffers: [],
    certificates: peer.certificates,
    timestampSetup: tcp.clock.now(),
  };
}

/** Lets addons change the handshake. @returns a promise only if a hook is pending */
function runStartHook(
  { services: { hooks }, client }: ClientContext,
  { connection: server }: ServerChannel,
  wanted: ServerHandshake,
): ServerHandshake | Promise<ServerHandshake> {
  if (server.sni === undefined && !hooks.listens('tlsStartServer')) return wanted;
  const data: TlsStartServerData = {
    client,
    server,
    sni: server.sni ?? wanted.name,
    alpnOffers: [...wanted.alpnOffers],
  };
  const answer = (): ServerHandshake => {
    const { sni, alpnOffers } = data;
    if (sni === wanted.name) return { ...wanted, alpnOffers };
    // Without an SNI, the certificate is still checked for the original name.
    return { name: sni || undefined, identity: sni ? serverIdentity(sni) : wanted.identity, alpnOffers };
  };
  const pending = hooks.emit('tlsStartServer', data);
  return pending ? pending.then(answer) : answer();
}

function readPeer(stream: TLSSocket, { mismatch }: NameVerification): VerifiedPeer {
  const certificates = certificateChain(stream);
  return {
    certificates,
    names: certificateNames(certificates[0] ?? Buffer.alloc(0)),
    verificationError: stream.authorized
      ? undefined
      : mismatch === undefined
        ? chainError(stream, certificates)
        : `${mismatch}. ${INSECURE}`,
  };
}

function sessionScope(
  context: ClientContext,
  tcp: ServerChannel,
  { name, identity, alpnOffers }: ServerHandshake,
  certificate: CertificateFile | undefined,
): SessionScope {
  const { address: target, peer, via } = tcp.connection;
  const [host, port] = (!via && peer) || target!;
  return {
    address: via ? `${host} via ${via.scheme}://${via.address.join(':')}` : host,
    port,
    identity: identity.id,
    sni: name,
    // The other settings are constant for the life of the program, and so are the sessions.
    verification: context.services.options.sslInsecure ? 'insecure' : 'verified',
    clientCertificate: certificate?.id,
    alpnOffers,
  };
}
