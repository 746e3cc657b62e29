import type { Channel } from '../net/channel.js';
import type { EngineOptions } from '../options.js';
import { acceptTlsToProxy } from '../tls/accept-tls-to-proxy.js';
import { interceptTls } from '../tls/intercept.js';
import { secureRoute } from '../tls/upstream/secure-route.js';
import { isHttpServer, isTlsServer, type Route } from '../upstream/route.js';
import type { ClientContext } from './client-context.js';
import { type ClientLayers, SILENCE } from './client-layers.js';
import { detect, detectExplicit, detectExplicitOrHttp2, detectRaw, detectRequest } from './detect.js';
import type { SniffResult } from './sniff.js';

/**
 * Serves a connection with a known destination. The first bytes select the protocol on each layer; for a fixed server
 * (reverse mode) its scheme selects the protocol inside TLS.
 * @param alpn the protocol that ALPN has selected, inside TLS
 */
export async function serveRoute(layers: ClientLayers, channel: Channel, route: Route, alpn?: string): Promise<void> {
  const { context } = layers;
  const { services, client } = context;
  if (services.passthrough.isIgnoredAnyway(client, route)) return layers.serveIgnored(channel, route, undefined);
  const { open, fixed } = route;
  const expected = expectedProtocol(route);
  // We begin the TLS handshake with a fixed server, so it cannot speak first.
  const speaker = fixed?.protocol === 'tls' ? undefined : open?.stream;
  const waits = expected === 'http1' || speaker !== undefined || route.servesHttp;
  const wait = waits ? services.options.tcpTimeout : SILENCE;
  const detector = detectorOf(services.options, expected);
  const sniffed = protocolOf(alpn) ?? (await layers.sniffProtocol(channel.stream, speaker, detector, wait));
  if (sniffed === 'serverFirst' && expected === 'http1') {
    // An HTTP server that sends before a request has closed the connection or violates the protocol: connect again.
    route.dispose();
    return serveRoute(layers, channel, route);
  }
  if (sniffed === 'silence' && !waits && !fixed) {
    // The client may wait for the server to speak first, or it may just be slow: who speaks first decides.
    if (!(await layers.openRoute(channel, route))) return;
    return context.closing ? end(channel, route) : serveRoute(layers, channel, route, alpn);
  }
  if (expected === 'http1' && sniffed === 'other') {
    services.log.warn('Closed: the client does not speak HTTP.', client);
    return end(channel, route);
  }
  if (sniffed === 'closed' || context.closing || (sniffed === 'silence' && waits)) return end(channel, route);
  return sniffed === 'tls' ? serveTls(layers, channel, route) : servePlain(layers, channel, route, sniffed, alpn);
}

/** Intercepts TLS, and serves what is inside. */
async function serveTls(layers: ClientLayers, channel: Channel, route: Route): Promise<void> {
  const inside = await interceptTls(layers.context, channel, route);
  if (inside.kind === 'ended') return route.dispose();
  if (inside.kind !== 'open') {
    return inside.ignored ? layers.serveIgnored(channel, route, inside.name) : layers.serveRaw(channel, route);
  }
  const expected = expectedProtocol(route);
  return layers.noticeSilence(inside.target, inside.channel, () =>
    expected
      ? serveProtocol(layers, inside.channel, inside.route, fixedProtocol(expected, inside.alpn === 'h2'))
      : serveRoute(layers, inside.channel, inside.route, inside.alpn),
  );
}

/** Serves a client that does not begin with TLS. */
async function servePlain(
  layers: ClientLayers,
  channel: Channel,
  route: Route,
  sniffed: SniffResult,
  alpn: string | undefined,
): Promise<void> {
  const { context } = layers;
  const { services, client } = context;
  const { fixed } = route;
  const name = await layers.nameOf(channel, sniffed);
  if (services.passthrough.isIgnored(client, route, name)) return layers.serveIgnored(channel, route, name);
  const expected = expectedProtocol(route);
  const served = expected ? fixedProtocol(expected, sniffed === 'http2') : chooseProtocol(context, route, sniffed);
  const protocol = served === 'http2' && alpn === undefined ? 'prior-knowledge' : served;
  const onward = fixed && isTlsServer(fixed) ? await secureRoute(context, route, served === 'http2') : route;
  return serveProtocol(layers, channel, onward, protocol);
}

/** The protocol that a fixed server speaks; undefined if any may be spoken. */
function expectedProtocol({ fixed }: Route): 'http1' | 'raw' | undefined {
  return fixed && (isHttpServer(fixed) ? 'http1' : 'raw');
}

function detectorOf(options: Pick<EngineOptions, 'http2'>, expected: 'http1' | 'raw' | undefined): typeof detect {
  if (expected === undefined) return detect;
  return expected === 'http1' ? detectorFor(options, detectRequest) : detectRaw;
}

/**
 * The protocol for the first bytes, after `tcp_hosts` and `rawtcp`.
 * @returns undefined if the connection must be closed
 */
function chooseProtocol({ services, client }: ClientContext, route: Route, sniffed: SniffResult): Served | undefined {
  if (services.passthrough.isTcp(client, route)) return 'raw';
  if (sniffed === 'http1' || (sniffed === 'http2' && services.options.http2)) return sniffed;
  if (services.options.rawtcp) return 'raw';
  services.log.info(`Closed: the connection to ${route.host} is not HTTP and rawtcp is off.`, client);
  return undefined;
}

/** `http2` was selected by ALPN; with `prior-knowledge` the client began with HTTP/2 without negotiation. */
type Served = 'http1' | 'http2' | 'prior-knowledge' | 'raw';

/** The protocol for a fixed server. */
function fixedProtocol(expected: 'http1' | 'raw', isHttp2: boolean): Served {
  return isHttp2 && expected === 'http1' ? 'http2' : expected;
}

async function serveProtocol(
  layers: ClientLayers,
  channel: Channel,
  route: Route,
  protocol: Served | undefined,
): Promise<void> {
  if (protocol === 'http1') return serveHttp1AndTunnel(layers, channel, route);
  if (protocol === 'raw') return layers.serveRaw(channel, route);
  if (protocol) return layers.serveHttp2(channel, route, protocol === 'http2');
  return end(channel, route);
}

function end(channel: Channel, route: Route): void {
  route.dispose();
  channel.destroy();
}

/** Serves a client of an explicit proxy: its requests name their destinations. */
export async function serveExplicit(layers: ClientLayers, channel: Channel): Promise<void> {
  const { context } = layers;
  const { tcpTimeout } = context.services.options;
  const detector = detectorFor(context.services.options, detectExplicitOrHttp2);
  const sniffed = await layers.sniffProtocol(channel.stream, undefined, detector, tcpTimeout);
  if (sniffed === 'tls') {
    const inside = await acceptTlsToProxy(context, channel);
    if (inside) await serveExplicit(layers, inside);
  } else if (sniffed === 'http2') await layers.serveHttp2(channel, undefined, false);
  else if (sniffed === 'other') {
    context.services.log.warn('Closed: the client speaks SOCKS; use a listener in mode socks5.', context.client);
    channel.destroy();
  } else if (sniffed === 'silence' || sniffed === 'closed') channel.destroy();
  else await serveHttp1AndTunnel(layers, channel, undefined);
}

/** Serves HTTP/1, then the tunnel of a CONNECT. */
async function serveHttp1AndTunnel(layers: ClientLayers, channel: Channel, route: Route | undefined): Promise<void> {
  const tunnel = await layers.serveHttp1(channel, route);
  if (!tunnel) return;
  if (tunnel.rest.length > 0) channel.stream.unshift(tunnel.rest);
  await serveRoute(layers, channel, tunnel.route);
}

/** The detector for HTTP clients. @param withHttp2 the detector if HTTP/2 is enabled */
function detectorFor({ http2 }: Pick<EngineOptions, 'http2'>, withHttp2: typeof detect): typeof detect {
  return http2 ? withHttp2 : detectExplicit;
}

/** The protocol that ALPN has selected; undefined if it is not HTTP. */
function protocolOf(alpn: string | undefined): 'http1' | 'http2' | undefined {
  if (alpn === 'h2') return 'http2';
  return alpn === 'http/1.1' || alpn === 'http/1.0' ? 'http1' : undefined;
}
