import type { Channel } from '../net/channel.js';
import { acceptTlsToProxy, interceptTls } from '../tls/intercept.js';
import type { Route } from '../upstream/route.js';
import { type ClientLayers, SILENCE } from './client-layers.js';
import { detect, detectExplicit } from './detect.js';
import { serveFixed } from './serve-fixed.js';

/** Serves what is spoken on a connection whose destination is known: decided by what comes first, again on each layer. */
export async function serveRoute(layers: ClientLayers, channel: Channel, route: Route, alpn?: string): Promise<void> {
  const { context } = layers;
  const { services, client } = context;
  const { passthrough, options } = services;
  const { open, fixed } = route;
  if (fixed) return serveFixed(layers, channel, route, fixed);
  if (passthrough.isIgnoredAnyway(client, route)) return layers.serveIgnored(channel, route, undefined);
  const wait = open ? options.tcpTimeout : SILENCE;
  const sniffed = isHttp1(alpn) ? 'http1' : await layers.sniffProtocol(channel.stream, open?.stream, detect, wait);
  const end = (): void => {
    route.dispose();
    channel.destroy();
  };
  if (sniffed === 'closed' || context.closing || (sniffed === 'silence' && open)) return end();
  if (sniffed !== 'tls') {
    const name = await layers.nameOf(channel, sniffed);
    if (passthrough.isIgnored(client, route, name)) return layers.serveIgnored(channel, route, name);
    if (passthrough.isTcp(client, route)) return layers.serveRaw(channel, route);
    if (sniffed === 'http1') return serveHttp1(layers, channel, route);
    if (options.rawtcp) return layers.serveRaw(channel, route);
    services.log.info(`Closed: what is spoken with ${route.host} is not HTTP (rawtcp).`, client);
    return end();
  }
  const inside = await interceptTls(context, channel, route);
  if (inside.kind === 'open') {
    return layers.noticeSilence(inside.target, inside.channel, () =>
      serveRoute(layers, inside.channel, inside.route, inside.alpn),
    );
  }
  if (inside.kind === 'ended') {
    route.dispose();
    return undefined;
  }
  return inside.ignored ? layers.serveIgnored(channel, route, inside.name) : layers.serveRaw(channel, route);
}

/** Serves a client that knows that we are a proxy: its requests say where to go. */
export async function serveExplicit(layers: ClientLayers, channel: Channel): Promise<void> {
  const { context } = layers;
  const { tcpTimeout } = context.services.options;
  const sniffed = await layers.sniffProtocol(channel.stream, undefined, detectExplicit, tcpTimeout);
  if (sniffed === 'tls') {
    const inside = await acceptTlsToProxy(context, channel);
    if (inside) await serveExplicit(layers, inside);
  } else if (sniffed === 'other') {
    context.services.log.warn(
      'Closed: the client speaks SOCKS; that is for a listener in the mode socks5.',
      context.client,
    );
    channel.destroy();
  } else if (sniffed === 'silence' || sniffed === 'closed') channel.destroy();
  else await serveHttp1(layers, channel, undefined);
}

/** HTTP/1, and what comes behind a CONNECT. */
async function serveHttp1(layers: ClientLayers, channel: Channel, route: Route | undefined): Promise<void> {
  const tunnel = await layers.serveHttp1(channel, route);
  if (!tunnel) return;
  if (tunnel.rest.length > 0) channel.stream.unshift(tunnel.rest);
  await serveRoute(layers, channel, tunnel.route);
}

function isHttp1(alpn: string | undefined): boolean {
  return alpn === 'http/1.1' || alpn === 'http/1.0';
}
