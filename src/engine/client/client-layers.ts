import type { Duplex } from 'node:stream';
import { ServerConnection } from '../../flow/connection.js';
import { ClientSide } from '../http/client-side.js';
import type { ConnectTunnel } from '../http/outcome.js';
import type { ClientSession } from '../http/session.js';
import { Http1Session } from '../http1/session.js';
import { Http2Session } from '../http2/session.js';
import type { Channel } from '../net/channel.js';
import { serveTcp } from '../relay/tcp-flow.js';
import { noticeSilence } from '../tls/client-failure.js';
import type { Route } from '../upstream/route.js';
import type { ServerChannel } from '../upstream/server-channel.js';
import type { ClientContext } from './client-context.js';
import type { Protocol } from './detect.js';
import type { TlsTarget } from './passthrough/distrust-cache.js';
import { peekHost } from './passthrough/peek-host.js';
import { serveIgnored } from './passthrough/serve-ignored.js';
import { type SniffResult, sniffProtocol } from './sniff.js';
import { createUpstreamPool } from './upstream-pool.js';

/** Seconds of silence after which a client may be waiting for the server to speak first (lazy connections). */
export const SILENCE = 1;

/**
 * Operations on one layer of a client connection: detect its protocol, serve it as HTTP or relay it as bytes. Tracks
 * the active session for a graceful close.
 */
export class ClientLayers {
  /** The client has not sent any bytes on this layer yet. */
  waiting = false;
  /** The active HTTP session. */
  session: ClientSession | undefined;
  /** Number of exchanges and tunnels so far. */
  private served = 0;

  constructor(readonly context: ClientContext) {}

  /** Waits for the first bytes and detects their protocol. @param silenceAfter seconds */
  async sniffProtocol(
    client: Duplex,
    server: Duplex | undefined,
    detector: (bytes: Buffer) => Protocol,
    silenceAfter: number,
  ): Promise<SniffResult> {
    this.waiting = true;
    const { deadlines, options } = this.context.services;
    const { halfCloseTimeout } = options;
    const limits = { deadline: deadlines.create(), silenceAfter, halfCloseTimeout };
    const sniffed = await sniffProtocol(client, server, detector, limits);
    this.waiting = false;
    return sniffed;
  }

  /** The server's name in a plain HTTP/1 request; undefined if no host rule needs it. */
  async nameOf(channel: Channel, sniffed: SniffResult): Promise<string | undefined> {
    const { passthrough, deadlines, options } = this.context.services;
    if (sniffed !== 'http1' || !passthrough.asksForNames) return undefined;
    const limits = { seconds: options.headerTimeout, limit: options.maxHeaderSize };
    this.waiting = true;
    const name = await peekHost(channel.stream, { deadline: deadlines.create(), ...limits });
    this.waiting = false;
    return name;
  }

  /** Serves HTTP/1. @returns the tunnel of an accepted CONNECT */
  serveHttp1(channel: Channel, route: Route | undefined): Promise<ConnectTunnel | undefined> {
    const { context } = this;
    const client = new ClientSide(context, createUpstreamPool(context, { route }), route);
    const session = new Http1Session(channel, client, () => {
      const switched = new Http2Session(channel, client);
      this.session = switched;
      return switched;
    });
    return this.serveSession(session);
  }

  /**
   * Serves HTTP/2. @param byAlpn whether ALPN selected HTTP/2, and will for servers; without ALPN, HTTP/2 is assumed of
   * servers, too
   */
  async serveHttp2(channel: Channel, route: Route | undefined, byAlpn: boolean): Promise<void> {
    const { context } = this;
    const pool = createUpstreamPool(context, { route, offersHttp2: true, priorKnowledge: !byAlpn });
    await this.serveSession(new Http2Session(channel, new ClientSide(context, pool, route)));
  }

  private async serveSession(session: ClientSession): Promise<ConnectTunnel | undefined> {
    this.session = session;
    try {
      return await session.run();
    } finally {
      this.session = undefined;
      this.served += session.served;
    }
  }

  /** Relays bytes of an unknown protocol as a TCP flow. */
  async serveRaw(channel: Channel, route: Route): Promise<void> {
    const server = await this.serverFor(channel, route);
    if (server) await serveTcp(this.context, channel, server);
  }

  /** Relays an ignored connection. @param name that the client gave for the server */
  async serveIgnored(channel: Channel, route: Route, name: string | undefined): Promise<void> {
    const server = await this.serverFor(channel, route);
    if (server) await serveIgnored(this.context, channel, server, name);
  }

  /** Serves the inside of a TLS connection, and notes in `DistrustCache` if the client closes it without sending data. */
  noticeSilence(target: TlsTarget, { stream }: Channel, serve: () => Promise<void>): Promise<void> {
    const { served } = this;
    return noticeSilence(this.context, target, stream, async () => {
      await serve();
      return this.served > served;
    });
  }

  /**
   * Connects to the server of a route before the client has sent anything, as it may speak first.
   * @returns false if the client connection was closed instead
   */
  async openRoute(channel: Channel, route: Route): Promise<boolean> {
    if (!this.isPermitted(channel, route)) return false;
    const server = await this.open(channel, route);
    if (server) route.giveReady(server);
    return server !== undefined;
  }

  /** The server connection for a relay. @returns undefined if the client connection was closed instead */
  private async serverFor(channel: Channel, route: Route): Promise<ServerChannel | undefined> {
    if (!this.isPermitted(channel, route)) return undefined;
    const server = route.takeReady() ?? (await this.open(channel, route));
    if (server) this.served++;
    return server;
  }

  /** Whether a connection without HTTP may be served. Otherwise it is closed. */
  private isPermitted(channel: Channel, route: Route): boolean {
    const { authentication, services, client } = this.context;
    if (!authentication.required) return true;
    services.log.warn('Closed: authentication is required, but this protocol has none.', client);
    route.dispose();
    channel.destroy();
    return false;
  }

  /** Connects for a client that already got its success response: a failure can only close its connection. */
  private async open(channel: Channel, route: Route): Promise<ServerChannel | undefined> {
    const server = new ServerConnection();
    server.address = [route.host, route.port];
    try {
      return await route.connect(server);
    } catch (error) {
      this.context.services.log.warn((error as Error).message, this.context.client);
      channel.reset();
      return undefined;
    }
  }
}
