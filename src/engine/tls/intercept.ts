import { ServerConnection } from '../../flow/connection.js';
import type { TlsStartClientData } from '../../flow/hooks/hooks.js';
import type { ClientContext } from '../client/client-context.js';
import type { TlsTarget } from '../client/passthrough/distrust-cache.js';
import { ClientGoneError } from '../errors.js';
import type { Channel } from '../net/channel.js';
import { ifEnded } from '../net/read-until.js';
import { takeOrOpen } from '../upstream/eager-route.js';
import { isTlsServer, type Route } from '../upstream/route.js';
import type { ServerChannel } from '../upstream/server-channel.js';
import { acceptClient, keyTypeFor } from './accept-client.js';
import { refuseClientHello } from './client-failure.js';
import type { ClientHello } from './client-hello/client-hello.js';
import { readClientHello } from './client-hello/client-hello-reader.js';
import { HTTP1, IGNORED, passesThrough, supportedProtocols, type TlsPassthrough } from './passes-through.js';
import { type RequestedServer, requestedServer } from './upstream/requested-server.js';
import { startServerTls, tlsRoute } from './upstream/secure-route.js';
import { knownServerKey, type ServerHandshake } from './upstream/server-handshake.js';
import type { TlsServerChannel } from './upstream/start-tls.js';
import { type CertificateNames, certificateNames } from './x509/certificate-names.js';

/** The result of intercepting a client's TLS. */
export type Interception =
  /** Interception succeeded: serve the decrypted stream. The handshake with the server may be deferred or have failed. */
  | { kind: 'open'; channel: Channel; route: Route; alpn: string | undefined; target: TlsTarget }
  /** Not intercepted: relay the bytes untouched. */
  | TlsPassthrough
  /** The connection has ended, and the reason was logged. */
  | { kind: 'ended' };

/**
 * Intercepts TLS between a client and the destination of its connection. Steps 1 and 2 are done: the client has requested the
 * destination, and received a success response.
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

  // 3. The client sends its ClientHello, and waits for the answer.
  const hello = await readClientHello(channel.stream, services.deadlines.create(), options.headerTimeout);
  if (hello?.kind !== 'hello') {
    // An ignored connection need not have a valid ClientHello.
    if (hello && services.passthrough.isIgnored(context.client, destination, undefined)) return IGNORED;
    return refuseClientHello(context, channel, connection, hello);
  }

  // 4. The ClientHello contains the host (SNI) and the client's protocols (ALPN).
  const target: TlsTarget = { host: hello.sni ?? destination.host, port: destination.port };
  const passing = await passesThrough(context, hello, connection, destination, target);
  if (passing) return passing;
  const wanted = requestedServer(context, hello.sni, destination);
  const handshake = serverHandshake(context, hello, destination, wanted);
  const hasTls = !destination.fixed || isTlsServer(destination.fixed);

  const keyOrPromise = hasTls ? knownServerKey(context, destination, handshake) : undefined;
  const key = keyOrPromise instanceof Promise ? await keyOrPromise : keyOrPromise;
  const known = key === undefined ? undefined : services.tls.known.getHttp(key);

  // 5. The handshake with the server uses them. The client does not wait for it if the server's answers are known from an
  //    earlier one.
  const opened = known || !hasTls ? undefined : await takeOrOpen(context, destination, connection);
  const securedOrError =
    opened && !(opened instanceof Error) ? await startWhileWaiting(context, channel, opened, handshake, key) : opened;
  // The client has not seen a certificate yet, so it has left without rejecting one.
  if (securedOrError instanceof ClientGoneError) return { kind: 'ended' };
  const secured = securedOrError instanceof Error ? undefined : securedOrError;

  // 6. The server's certificate contains its names.
  const presented = known ?? secured?.peer;

  // 7. The leaf for the client is minted with these names.
  const subject = wanted.subject(presented?.names ?? knownNames(context, target, destination));
  //    Later handshakes with the server check that it still has them.
  const { name, alpnOffers, reconnect } = handshake;
  const laterHandshake: ServerHandshake = { name, identity: wanted.identity(subject), alpnOffers, reconnect };
  const idle = known && destination.takeReady();
  const upstream = idle ? startServerTls(context, idle, laterHandshake, key) : securedOrError;
  const leaf = await services.tls.leaves.leafFor({
    keyType: await keyTypeFor(context, hello),
    extraChain: options.addUpstreamCertsToClientChain ? presented?.certificates : undefined,
    ...subject,
  });

  // 8. The client's handshake continues with the protocol chosen by the server.
  const negotiated = secured ? secured.connection.tls?.alpn : handshake.alpnOffers[0];
  const alpnOrPromise = chooseAlpn(context, connection, hello, offeredTo(hello, known ? known.alpn : negotiated));
  const alpn = alpnOrPromise instanceof Promise ? await alpnOrPromise : alpnOrPromise;
  const stream = await acceptClient(context, channel, { hello, leaf, alpn, target, server: connection });
  if (!stream) {
    void Promise.resolve(upstream).then((open) => open instanceof Error || open?.destroy());
    return { kind: 'ended' };
  }
  const notified = services.hooks.emit('tlsEstablishedClient', { client: context.client, server: connection });
  if (notified) await notified;
  const servesHttp = known !== undefined || destination.servesHttp;
  const route = hasTls
    ? tlsRoute(context, destination, laterHandshake, {
        upstream,
        key,
        servesHttp,
        shown: known && alpn === 'h2' ? subject.names : undefined,
      })
    : destination;
  return { kind: 'open', channel: channel.secured(stream), route, alpn, target };
}

/** The names of a server without a handshake, from the certificate that `DeferredServers` has. */
function knownNames(
  { services: { deferredServers } }: ClientContext,
  target: TlsTarget,
  { host, port }: Route,
): CertificateNames | undefined {
  const der =
    deferredServers?.certificateOf([target.host, target.port]) ?? deferredServers?.certificateOf([host, port]);
  return der && certificateNames(der);
}

/** The protocol for the client. A server that speaks HTTP/2 only has chosen it although the client does not offer it. */
function offeredTo({ alpnOffers }: ClientHello, chosen: string | undefined): string | undefined {
  if (chosen === undefined || alpnOffers.includes(chosen)) return chosen;
  return HTTP1.find((protocol) => alpnOffers.includes(protocol));
}

/** The ALPN protocol for the client; addons may change it. @returns a promise only if a hook is pending */
function chooseAlpn(
  { services: { hooks }, client }: ClientContext,
  server: ServerConnection,
  { sni, alpnOffers }: ClientHello,
  alpn: string | undefined,
): string | undefined | Promise<string | undefined> {
  if (!hooks.listens('tlsStartClient')) return alpn;
  const data: TlsStartClientData = { client, server, sni, alpnOffers, alpn };
  // A protocol that the client does not offer would fail the handshake.
  const answer = (): string | undefined => (alpnOffers.includes(data.alpn ?? '') ? data.alpn : undefined);
  const pending = hooks.emit('tlsStartClient', data);
  return pending ? pending.then(answer) : answer();
}

/**
 * Performs the handshake with the server while the client waits for our ServerHello. A client that ends its side in the
 * meantime has left.
 */
async function startWhileWaiting(
  context: ClientContext,
  channel: Channel,
  server: ServerChannel,
  handshake: ServerHandshake,
  key: string | undefined,
): Promise<TlsServerChannel | Error> {
  const deadline = context.services.deadlines.create(() => {
    deadline.set(CHECK_SECONDS);
    ifEnded(channel.stream, () => channel.destroy());
  });
  deadline.set(CHECK_SECONDS);
  try {
    return await startServerTls(context, server, handshake, key);
  } finally {
    deadline.dispose();
  }
}

/** Seconds between checks of a waiting client. */
const CHECK_SECONDS = 0.5;

function serverHandshake(
  { services, client }: ClientContext,
  { sni, alpnOffers }: ClientHello,
  route: Route,
  { name, identity }: RequestedServer,
): ServerHandshake {
  // A raw stream may use any protocol.
  const supported = supportedProtocols(services.options);
  const isRaw = route.fixed ? route.fixed.protocol === 'tls' : services.passthrough.isTcp(client, route, sni);
  return {
    name,
    identity: identity(),
    alpnOffers: isRaw ? alpnOffers : alpnOffers.filter((protocol) => supported.includes(protocol)),
    reconnect: isRaw ? undefined : route.connect,
  };
}
