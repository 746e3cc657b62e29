import type { Channel } from '../net/channel.js';
import { interceptTls } from '../tls/intercept.js';
import { secureRoute } from '../tls/upstream/secure-route.js';
import { type FixedServer, isHttpServer, isTlsServer, type Route } from '../upstream/route.js';
import { type ClientLayers, SILENCE } from './client-layers.js';
import { detectExplicit, detectRaw } from './detect.js';

/** Serves a client of a server that is fixed: with TLS or without, as it likes, and inside what the server speaks. */
export async function serveFixed(
  layers: ClientLayers,
  channel: Channel,
  route: Route,
  fixed: FixedServer,
): Promise<void> {
  const { context } = layers;
  const { services, client } = context;
  const { passthrough } = services;
  if (passthrough.isIgnoredAnyway(client, route)) return layers.serveIgnored(channel, route, undefined);
  const isHttp = isHttpServer(fixed);
  // TLS with the server is begun by us.
  const speaker = fixed.protocol === 'tls' ? undefined : route.open?.stream;
  const waits = isHttp || speaker !== undefined;
  const wait = waits ? services.options.tcpTimeout : SILENCE;
  const sniffed = await layers.sniffProtocol(channel.stream, speaker, isHttp ? detectExplicit : detectRaw, wait);
  if (sniffed === 'serverFirst' && isHttp) {
    // It was tired of waiting for a request, or sent what nobody has asked for.
    route.dispose();
    return serveFixed(layers, channel, route, fixed);
  }
  if (sniffed === 'closed' || context.closing || (sniffed === 'silence' && waits)) {
    route.dispose();
    channel.destroy();
    return undefined;
  }
  // No session ends with a tunnel here, as a server that is fixed takes no CONNECT.
  const serve = async (within: Channel, way: Route): Promise<void> => {
    if (isHttp) await layers.serveHttp1(within, way);
    else await layers.serveRaw(within, way);
  };
  if (sniffed !== 'tls') {
    const name = await layers.nameOf(channel, sniffed);
    if (passthrough.isIgnored(client, route, name)) return layers.serveIgnored(channel, route, name);
    return serve(channel, isTlsServer(fixed) ? await secureRoute(context, route) : route);
  }
  const inside = await interceptTls(context, channel, route);
  if (inside.kind === 'ended') {
    route.dispose();
    return undefined;
  }
  if (inside.kind === 'open')
    return layers.noticeSilence(inside.target, inside.channel, () => serve(inside.channel, inside.route));
  return inside.ignored ? layers.serveIgnored(channel, route, inside.name) : layers.serveRaw(channel, route);
}
