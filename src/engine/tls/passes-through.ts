import type { ServerConnection } from '../../flow/connection.js';
import type { ClientHelloData } from '../../flow/hooks/hooks.js';
import type { ClientContext } from '../client/client-context.js';
import type { TlsTarget } from '../client/passthrough/distrust-cache.js';
import type { EngineOptions } from '../options.js';
import type { Route } from '../upstream/route.js';
import type { ClientHello } from './client-hello/client-hello.js';

/** A TLS connection whose bytes are relayed unchanged. */
export interface TlsPassthrough {
  readonly kind: 'passthrough';
  /** Whether the connection is ignored; otherwise it is recorded as a TCP flow. */
  readonly ignored: boolean;
  /** The SNI of the ClientHello. */
  readonly name: string | undefined;
}

/** An ignored connection without a ClientHello. */
export const IGNORED: TlsPassthrough = { kind: 'passthrough', ignored: true, name: undefined };

/** Versions of HTTP/1 inside TLS, in order of preference. */
export const HTTP1: readonly string[] = ['http/1.1', 'http/1.0'];
const WITH_HTTP2: readonly string[] = ['h2', ...HTTP1];

/** The protocols that we support inside TLS. */
export function supportedProtocols({ http2 }: Pick<EngineOptions, 'http2'>): readonly string[] {
  return http2 ? WITH_HTTP2 : HTTP1;
}

/**
 * Decides from the ClientHello whether a connection passes through: it is ignored, its client has rejected our certificate, an
 * addon decides so, or the client offers no protocol that we support.
 * @returns undefined if the connection is to be intercepted
 */
export async function passesThrough(
  context: ClientContext,
  hello: ClientHello,
  server: ServerConnection,
  route: Route,
  target: TlsTarget,
): Promise<TlsPassthrough | undefined> {
  const { services, client } = context;
  const { log, options, passthrough, distrust } = services;
  const { sni, alpnOffers } = hello;
  if (passthrough.isIgnored(context.client, route, sni)) return { ...IGNORED, name: sni };
  if (options.passthroughOnReject && distrust.has(client, target)) {
    log.info(`Not intercepted: the client has rejected the certificate for ${target.host}.`, client);
    return { ...IGNORED, name: sni };
  }
  const left = { kind: 'passthrough', ignored: false, name: sni } as const;
  const ignoredByAddon = leaveToAddons(context, hello, server);
  if (ignoredByAddon instanceof Promise ? await ignoredByAddon : ignoredByAddon) return left;
  const supported = supportedProtocols(options);
  if (route.fixed || passthrough.isTcp(context.client, route, sni)) return undefined;
  if (alpnOffers.length === 0 || alpnOffers.some((protocol) => supported.includes(protocol))) return undefined;
  log.info(
    `Not intercepted: the client offers only ${alpnOffers.join(', ')} for ${target.host}, and tsdump reads only ${options.http2 ? 'h2 and http/1.1' : 'http/1.1'}.`,
    client,
  );
  return left;
}

function leaveToAddons(
  { services, client }: ClientContext,
  { sni, alpnOffers, cipherSuites }: ClientHello,
  server: ServerConnection,
): boolean | Promise<boolean> {
  const data: ClientHelloData = {
    client,
    server,
    sni,
    alpnOffers,
    cipherOffers: cipherSuites,
    ignoreConnection: false,
  };
  const notified = services.hooks.emit('clientHello', data);
  return notified ? notified.then(() => data.ignoreConnection) : data.ignoreConnection;
}
