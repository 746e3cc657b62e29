import type { TLSSocket } from 'node:tls';
import type { TlsSession } from '../../flow/connection.js';
import { ServerConnection } from '../../flow/connection.js';
import type { TlsStartClientData } from '../../flow/hooks.js';
import type { ClientContext } from '../client/client-context.js';
import type { TlsTarget } from '../client/passthrough/distrust-cache.js';
import { ClientGoneError } from '../errors.js';
import type { Channel } from '../net/channel.js';
import { ifEnded } from '../net/read-available.js';
import { isTlsServer, type Route } from '../upstream/route.js';
import type { ServerChannel } from '../upstream/server-channel.js';
import { leafSubject } from './authority/leaf.js';
import type { KeyType } from './authority/leaf-keys.js';
import { refuseClientHello, reportClientFailure, watchForLateDistrust } from './client-failure.js';
import { type ClientHello, TLS1_2, TLS1_3 } from './client-hello/client-hello.js';
import { offersEcdsa } from './client-hello/ecdsa-offer.js';
import { readClientHello } from './client-hello/read-client-hello.js';
import { IGNORED, PROTOCOLS, passesThrough, type TlsPassthrough } from './passes-through.js';
import { startServerTls, tlsRoute } from './upstream/secure-route.js';
import type { ServerHandshake, TlsServerChannel } from './upstream/server-side.js';
import { LOCALHOST, type WantedServer, wantedServer } from './upstream/wanted-server.js';
import { certificateChain } from './x509/peer-certificates.js';

/** What becomes of a connection on which a client began TLS. */
export type Interception =
  /** Both handshakes are done (or the server's is put off, or failed): what is inside goes on here. */
  | { kind: 'open'; channel: Channel; route: Route; alpn: string | undefined; target: TlsTarget }
  /** It is not intercepted: the bytes go through untouched. */
  | TlsPassthrough
  /** It is over, and was reported. */
  | { kind: 'ended' };

/**
 * Intercepts TLS between a client and the destination of its connection. The client has asked for the destination (1) and
 * been told that the connection is there (2); from there on:
 */
export async function interceptTls(
  context: ClientContext,
  channel: Channel,
  destination: Route,
): Promise<Interception> {
  const { services } = context;
  const server = destination.open;
  const { options } = services;
  const connection = server?.connection ?? new ServerConnection();

  // 3. The client says hello, and is left waiting.
  const hello = await readClientHello(channel.stream, services.deadlines.create(), options.headerTimeout);
  if (hello?.kind !== 'hello') {
    // What is not ours to understand need not be understood.
    if (hello && services.passthrough.isIgnored(context.client, destination, undefined)) return IGNORED;
    return refuseClientHello(context, channel, connection, hello);
  }

  // 4. It has named the host that it wants (SNI), and the protocols that it speaks (ALPN).
  const target: TlsTarget = { host: hello.sni ?? destination.host, port: destination.port };
  const passing = await passesThrough(context, hello, connection, destination, target);
  if (passing) return passing;
  const wanted = wantedServer(context, hello.sni, destination);
  const handshake = serverHandshake(context, hello, destination, wanted);
  const hasTls = !destination.fixed || isTlsServer(destination.fixed);

  // 5. With these we shake hands with the server.
  const upstream =
    server && hasTls ? await startWhileWaiting(context, channel, destination.takeReady()!, handshake) : undefined;
  // It has seen nothing of us that it could have objected to.
  if (upstream instanceof ClientGoneError) return { kind: 'ended' };

  // 6. Its certificate says what it is called …
  const presented = upstream instanceof Error ? undefined : upstream?.peer;

  // 7. … and so does the one that is made for the client.
  const subject = wanted.subject(presented?.names);
  const leaf = await services.tls.leaves.leafFor({
    ...subject,
    keyType: keyTypeFor(context, hello),
    extraChain: options.addUpstreamCertsToClientChain ? presented?.certificates : undefined,
  });

  // 8. The client's handshake goes on, with the protocol that the server chose.
  const chosen = upstream && !(upstream instanceof Error) ? upstream.connection.tls?.alpn : handshake.alpnOffers[0];
  const asked = askForAlpn(context, connection, hello, chosen);
  const alpn = asked instanceof Promise ? await asked : asked;
  let stream: TLSSocket;
  try {
    stream = await services.tls.clients.accept(channel.stream, leaf, alpn, options.headerTimeout);
  } catch (error) {
    if (upstream && !(upstream instanceof Error)) upstream.destroy();
    return reportClientFailure(context, channel, connection, target, error as Error);
  }
  watchForLateDistrust(context, stream, target);
  context.client.tls = clientFacts(context, stream, hello);
  const notified = services.hooks.emit('tlsEstablishedClient', { client: context.client, server: connection });
  if (notified) await notified;
  const later = { ...handshake, identity: wanted.identity(subject) };
  const route = hasTls ? tlsRoute(context, destination, later, upstream) : destination;
  return { kind: 'open', channel: channel.secured(stream), route, alpn, target };
}

/** The protocol to answer, as addons want it. @returns a promise only if one has to be waited for */
function askForAlpn(
  { services: { hooks }, client }: ClientContext,
  server: ServerConnection,
  { sni, alpnOffers }: ClientHello,
  alpn: string | undefined,
): string | undefined | Promise<string | undefined> {
  if (!hooks.listens('tlsStartClient')) return alpn;
  const data: TlsStartClientData = { client, server, sni, alpnOffers, alpn };
  // One that the client does not know would end the handshake.
  const answer = (): string | undefined => (alpnOffers.includes(data.alpn ?? '') ? data.alpn : undefined);
  const pending = hooks.emit('tlsStartClient', data);
  return pending ? pending.then(answer) : answer();
}

/** A client that waits for our part of the handshake has nothing to say: if it ends its side, it has left. */
async function startWhileWaiting(
  context: ClientContext,
  channel: Channel,
  server: ServerChannel,
  handshake: ServerHandshake,
): Promise<TlsServerChannel | Error> {
  const deadline = context.services.deadlines.create();
  deadline.onExpiry = () => {
    deadline.set(LOOK_SECONDS);
    ifEnded(channel.stream, () => channel.destroy());
  };
  deadline.set(LOOK_SECONDS);
  try {
    return await startServerTls(context, server, handshake);
  } finally {
    deadline.dispose();
  }
}

/** How often a waiting client is looked at. */
const LOOK_SECONDS = 0.5;

/** TLS with the proxy itself, as clients speak it that were given an https URL for their proxy. */
export async function acceptTlsToProxy(context: ClientContext, channel: Channel): Promise<Channel | undefined> {
  const { services, client } = context;
  const hello = await readClientHello(channel.stream, services.deadlines.create(), services.options.headerTimeout);
  if (hello?.kind !== 'hello') {
    refuseClientHello(context, channel, new ServerConnection(), hello);
    return undefined;
  }
  const host = hello.sni ?? client.local?.[0] ?? 'localhost';
  const target: TlsTarget = { host, port: client.local?.[1] ?? 0 };
  const subject = leafSubject(undefined, host) ?? LOCALHOST;
  const leaf = await services.tls.leaves.leafFor({ ...subject, keyType: keyTypeFor(context, hello) });
  const alpn = PROTOCOLS.find((protocol) => hello.alpnOffers.includes(protocol));
  try {
    const stream = await services.tls.clients.accept(channel.stream, leaf, alpn, services.options.headerTimeout);
    watchForLateDistrust(context, stream, target);
    client.tls = clientFacts(context, stream, hello);
    return channel.secured(stream);
  } catch (error) {
    reportClientFailure(context, channel, new ServerConnection(), target, error as Error);
    return undefined;
  }
}

function serverHandshake(
  { services, client }: ClientContext,
  { sni, alpnOffers }: ClientHello,
  route: Route,
  { name, identity }: WantedServer,
): ServerHandshake {
  // What is only bytes to us may be of any protocol.
  const isRaw = route.fixed ? route.fixed.protocol === 'tls' : services.passthrough.isTcp(client, route, sni);
  return {
    name,
    identity: identity(),
    alpnOffers: isRaw ? alpnOffers : alpnOffers.filter((protocol) => PROTOCOLS.includes(protocol)),
  };
}

/** RSA only for clients that cannot do with ECDSA in the versions that we would agree to. */
function keyTypeFor({ services }: ClientContext, hello: ClientHello): KeyType {
  const { tlsVersionClientMax } = services.options;
  const highest = tlsVersionClientMax === 'UNBOUNDED' || tlsVersionClientMax === 'TLS1_3' ? TLS1_3 : TLS1_2;
  return offersEcdsa(hello, highest) ? 'ec' : 'rsa';
}

function clientFacts(context: ClientContext, stream: TLSSocket, hello: ClientHello): TlsSession {
  return {
    version: stream.getProtocol() ?? '',
    cipher: stream.getCipher().name,
    sni: hello.sni,
    alpn: stream.alpnProtocol || undefined,
    alpnOffers: hello.alpnOffers,
    cipherOffers: hello.cipherSuites,
    certificates: context.services.options.requestClientCert ? certificateChain(stream) : [],
    timestampSetup: context.clock.now(),
  };
}
