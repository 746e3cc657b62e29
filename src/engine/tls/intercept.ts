import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TlsFacts } from '../../flow/connection.js';
import { ServerConnection } from '../../flow/connection.js';
import { withoutFinalDot } from '../../flow/host-name.js';
import { unmapped } from '../../flow/ip-address.js';
import type { Channel } from '../channel.js';
import type { ClientContext } from '../client-context.js';
import type { TlsTarget } from '../passthrough/rejections.js';
import { type FixedServer, isTlsServer, type Route } from '../route.js';
import { refuseClientHello, reportClientFailure, watchForLateDistrust } from './client-failure.js';
import { type ClientHello, TLS1_2, TLS1_3 } from './client-hello.js';
import { offersEcdsa } from './ecdsa-offer.js';
import { type LeafSubject, leafSubject } from './leaf.js';
import type { KeyType } from './leaf-keys.js';
import { IGNORED, PROTOCOLS, passesThrough, type TlsPassthrough } from './passes-through.js';
import { certificateChain } from './peer-certificates.js';
import { readClientHello } from './read-client-hello.js';
import { startServerTls, tlsRoute } from './secure-route.js';
import type { ServerHandshake } from './server-side.js';

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
  const server = destination.ready;
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
  const handshake = serverHandshake(context, hello, destination);
  const hasTls = !destination.fixed || isTlsServer(destination.fixed);

  // 5. With these we shake hands with the server.
  const upstream = server && hasTls ? await startServerTls(context, server, handshake) : undefined;

  // 6. Its certificate says what it is called …
  const presented = upstream instanceof Error ? undefined : upstream?.peer;
  const names = options.upstreamCert ? presented?.names : undefined;
  const asked = hello.sni ?? unnamedHost(context, destination, names && names.names.length > 0);

  // 7. … and so does the one that is made for the client.
  const subject = leafSubject(names, asked);
  const leaf = await services.tls.leaves.leafFor({
    ...orLocalhost(subject),
    keyType: keyTypeFor(context, hello),
    extraChain: options.addUpstreamCertsToClientChain ? presented?.certificates : undefined,
  });

  // 8. The client's handshake goes on, with the protocol that the server chose.
  const alpn = upstream && !(upstream instanceof Error) ? upstream.connection.tls?.alpn : handshake.alpnOffers[0];
  let stream: TLSSocket;
  try {
    stream = await services.tls.clients.accept(channel.stream, leaf, alpn, options.headerTimeout);
  } catch (error) {
    if (upstream && !(upstream instanceof Error)) upstream.raw.destroy();
    return reportClientFailure(context, channel, connection, target, error as Error);
  }
  watchForLateDistrust(context, stream, target);
  context.client.tls = clientFacts(context, stream, hello);
  const told = services.hooks.emit('tlsEstablishedClient', { client: context.client, server: connection });
  if (told) await told;
  const route = hasTls ? tlsRoute(context, destination, handshake, upstream) : destination;
  return { kind: 'open', channel: { stream, raw: channel.raw }, route, alpn, target };
}

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
  const subject = orLocalhost(leafSubject(undefined, host));
  const leaf = await services.tls.leaves.leafFor({ ...subject, keyType: keyTypeFor(context, hello) });
  const alpn = PROTOCOLS.find((protocol) => hello.alpnOffers.includes(protocol));
  try {
    const stream = await services.tls.clients.accept(channel.stream, leaf, alpn, services.options.headerTimeout);
    watchForLateDistrust(context, stream, target);
    client.tls = clientFacts(context, stream, hello);
    return { stream, raw: channel.raw };
  } catch (error) {
    reportClientFailure(context, channel, new ServerConnection(), target, error as Error);
    return undefined;
  }
}

function serverHandshake(context: ClientContext, { sni, alpnOffers }: ClientHello, route: Route): ServerHandshake {
  const { host, fixed } = route;
  // What is only bytes to us may be of any protocol.
  const isRaw = fixed ? fixed.protocol === 'tls' : context.services.passthrough.isTcp(context.client, route, sni);
  return {
    name: fixed ? fixedName(host, fixed, sni) : (sni ?? (isIP(host) ? undefined : withoutFinalDot(host))),
    alpnOffers: isRaw ? alpnOffers : alpnOffers.filter((protocol) => PROTOCOLS.includes(protocol)),
  };
}

/** The clients of a fixed server ask for us, so its name is known from elsewhere. */
function fixedName(host: string, fixed: FixedServer, sni: string | undefined): string {
  return (fixed.hostHeader === undefined ? sni : undefined) ?? withoutFinalDot(host);
}

/** What a client that names no host has connected to. */
function unnamedHost({ client }: ClientContext, { host, fixed }: Route, isNamed = false): string | undefined {
  if (fixed) return client.local && unmapped(client.local[0]);
  return isNamed && isIP(host) ? undefined : host;
}

/** RSA only for clients that cannot do with ECDSA in the versions that we would agree to. */
function keyTypeFor({ services }: ClientContext, hello: ClientHello): KeyType {
  const { tlsVersionClientMax } = services.options;
  const highest = tlsVersionClientMax === 'UNBOUNDED' || tlsVersionClientMax === 'TLS1_3' ? TLS1_3 : TLS1_2;
  return offersEcdsa(hello, highest) ? 'ec' : 'rsa';
}

/** A name that no certificate can have must not leave the client without an answer. */
function orLocalhost(subject: LeafSubject | undefined): LeafSubject {
  return subject ?? { names: [{ kind: 'dns', value: 'localhost' }] };
}

function clientFacts(context: ClientContext, stream: TLSSocket, hello: ClientHello): TlsFacts {
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
