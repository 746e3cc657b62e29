import { isIP } from 'node:net';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import type { ErrorCode } from '../../../flow/error-codes.js';
import type { TlsStartServerData } from '../../../flow/hooks/hooks.js';
import { formatHostPort } from '../../../flow/http/authority.js';
import type { ClientContext } from '../../client/client-context.js';
import { ClientGoneError, UpstreamError } from '../../errors.js';
import { readAfterFailure } from '../../net/read-after-failure.js';
import { whileClientStays } from '../../upstream/dial/while-client-stays.js';
import { ServerChannel } from '../../upstream/server-channel.js';
import { handshakeErrorText } from '../tls-errors.js';
import { certificateNames } from '../x509/certificate-names.js';
import { certificateChain } from '../x509/peer-certificates.js';
import type { ClientCertificate } from './client-certificates.js';
import type { ServerHandshake } from './server-handshake.js';
import { serverIdentity } from './server-identity.js';
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
  const server = tcp.connection;
  const pending = runStartHook(context, tcp, wanted);
  const handshake = pending instanceof Promise ? await pending : pending;
  let scope: SessionScope | undefined;
  const fail = async (reason: string, code: ErrorCode = 'tls-failed', cause?: Error): Promise<never> => {
    if (scope) services.tls.sessions.delete(scope);
    services.lookups.forget(server.address![0]);
    tcp.destroy();
    server.error = reason;
    await services.hooks.emit('tlsFailedServer', { client, server });
    throw new UpstreamError(reason, 502, cause, code);
  };
  let certificate: ClientCertificate | undefined;
  let secureContext: SecureContext;
  try {
    const found = services.tls.clientCertificates?.for(handshake.name ?? server.address![0]);
    certificate = found instanceof Promise ? await found : found;
    secureContext = services.tls.serverContexts.get(certificate);
  } catch (error) {
    return fail(`${(error as Error).message}.`);
  }
  scope = sessionScope(context, tcp, handshake, certificate);
  const known = services.tls.sessions.get(scope);
  let stream: TLSSocket;
  let nameError: string | undefined;
  // With TLS 1.2 the session arrives at the end of the handshake, with TLS 1.3 later.
  let sessions: Buffer[] | undefined = [];
  let keep = (session: Buffer): void => void sessions?.push(session);
  try {
    const on = {
      nameError: (error: string): void => {
        nameError = error;
      },
      session: (session: Buffer): void => keep(session),
    };
    stream = await whileClientStays(context, tcp, () =>
      shakeHands(context, tcp, handshake, known?.session, secureContext, on),
    );
  } catch (error) {
    if (error instanceof ClientGoneError) throw error;
    return fail(
      `TLS handshake with ${formatHostPort(...server.address!)} failed: ${handshakeErrorText(error as Error)}.`,
      'tls-failed',
      error as Error,
    );
  }
  // Later TLS errors, such as a missing client certificate, end the connection like any other.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!error.code?.startsWith('ERR_SSL_')) return;
    server.error ??= `TLS with ${formatHostPort(...server.address!)} failed: ${handshakeErrorText(error)}.`;
  });
  const resumed = known !== undefined && stream.isSessionReused();
  const peer = resumed ? known.peer : readPeer(stream, nameError);
  server.tls = {
    version: stream.getProtocol() ?? '',
    cipher: stream.getCipher().name,
    sni: sniFor(handshake.name),
    alpn: stream.alpnProtocol || undefined,
    alpnOffers: [...handshake.alpnOffers],
    cipherOffers: [],
    certificates: peer.certificates,
    timestampSetup: tcp.clock.now(),
  };
  if (peer.verificationError && !services.options.sslInsecure) {
    return fail(
      `Certificate verify failed for ${handshake.name ?? formatHostPort(...server.address!)}: ${peer.verificationError}.`,
      'certificate-rejected',
    );
  }
  keep = (session) => {
    if (resumed) services.tls.sessions.renew(scope, session);
    else services.tls.sessions.add(scope, session, peer);
  };
  sessions.forEach(keep);
  sessions = undefined;
  const notified = services.hooks.emit('tlsEstablishedServer', { client, server });
  if (notified) await notified;
  return new TlsServerChannel(tcp, stream, peer, tcp.isShareable && certificate === undefined);
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

function shakeHands(
  context: ClientContext,
  tcp: ServerChannel,
  { name, identity, alpnOffers }: ServerHandshake,
  session: Buffer | undefined,
  secureContext: SecureContext,
  on: { nameError: (error: string) => void; session: (session: Buffer) => void },
): Promise<TLSSocket> {
  const { tls, options } = context.services;
  return new Promise((resolve, reject) => {
    // A server that ends its side during the handshake has left. After the handshake, that is a half-close.
    tcp.stream.allowHalfOpen = false;
    const stream = connect({
      socket: tcp.stream,
      secureContext,
      servername: sniFor(name) ?? '',
      ...(alpnOffers.length > 0 ? { ALPNProtocols: [...alpnOffers] } : {}),
      session,
      // A failed verification must not abort the handshake: the client gets the reason.
      rejectUnauthorized: false,
      checkServerIdentity: (_host, certificate) => {
        const mismatch = identity.mismatch(certificate);
        if (mismatch === undefined) return undefined;
        on.nameError(mismatch);
        return new Error(mismatch);
      },
    });
    readAfterFailure(stream);
    // Later errors are handled through `close`.
    stream.on('error', reject);
    const timer = setTimeout(
      () => stream.destroy(new Error(`no response within ${options.connectTimeout} s`)),
      options.connectTimeout * 1000 || 0x7fffffff,
    );
    const closed = (): void => {
      clearTimeout(timer);
      reject(new Error('the server closed the connection'));
    };
    stream.once('close', closed);
    stream.on('session', on.session);
    stream.once('secureConnect', () => {
      clearTimeout(timer);
      stream.off('close', closed);
      stream.allowHalfOpen = true;
      resolve(stream);
    });
    if (tls.keyLog) stream.on('keylog', (line) => tls.keyLog!.write(line));
  });
}

/** An SNI contains no addresses, and no final dot (RFC 6066 section 3). */
function sniFor(name: string | undefined): string | undefined {
  return name === undefined || isIP(name) ? undefined : name;
}

function readPeer(stream: TLSSocket, nameError: string | undefined): VerifiedPeer {
  const certificates = certificateChain(stream);
  return {
    certificates,
    names: certificateNames(certificates[0] ?? Buffer.alloc(0)),
    verificationError: stream.authorized
      ? undefined
      : nameError === undefined
        ? chainError(stream, certificates)
        : `${nameError}. ${INSECURE}`,
  };
}

function sessionScope(
  context: ClientContext,
  tcp: ServerChannel,
  { name, identity, alpnOffers }: ServerHandshake,
  certificate: ClientCertificate | undefined,
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
