import type { Duplex } from 'node:stream';
import { ServerConnection } from '../../flow/connection.js';
import type { ConnectTunnel } from '../http/outcome.js';
import type { ClientSession } from '../http/session.js';
import { Http1Session } from '../http1/session.js';
import type { Channel } from '../net/channel.js';
import { peek, type SniffResult } from '../net/peek.js';
import { serveTcp } from '../relay/tcp-flow.js';
import { noticeSilence } from '../tls/client-failure.js';
import type { Route } from '../upstream/route.js';
import type { ServerChannel } from '../upstream/server-channel.js';
import type { ClientContext } from './client-context.js';
import type { Protocol } from './detect.js';
import type { TlsTarget } from './passthrough/distrust-cache.js';
import { peekHost } from './passthrough/peek-host.js';
import { serveIgnored } from './passthrough/serve-ignored.js';

/** With a lazy connection, seconds after which a silent client is taken to wait for the server to speak. */
export const SILENCE = 1;

/**
 * What can be done with a layer of a client connection: to look at what comes first on it, to serve it as HTTP or as bytes.
 * It knows what is going on, for whoever ends the connection.
 */
export class ClientLayers {
  /** Nothing was said yet on this layer. */
  waiting = false;
  /** HTTP that is being served. */
  session: ClientSession | undefined;
  /** Exchanges and tunnels so far. */
  private served = 0;

  constructor(readonly context: ClientContext) {}

  /** Waits for the first bytes and tells what they are. @param silenceAfter seconds */
  async sniffProtocol(
    client: Duplex,
    server: Duplex | undefined,
    detector: (bytes: Buffer) => Protocol,
    silenceAfter: number,
  ): Promise<SniffResult> {
    this.waiting = true;
    const { deadlines, options } = this.context.services;
    const sniffed = await peek(client, server, detector, deadlines.create(), silenceAfter, options.halfCloseTimeout);
    this.waiting = false;
    return sniffed;
  }

  /** The name by which a client that does not speak TLS calls its server, if that matters and it does. */
  async nameOf(channel: Channel, sniffed: SniffResult): Promise<string | undefined> {
    const { passthrough, deadlines, options } = this.context.services;
    if (sniffed !== 'http1' || !passthrough.asksForNames) return undefined;
    const limits = { seconds: options.headerTimeout, limit: options.maxHeaderSize };
    this.waiting = true;
    const name = await peekHost(channel.stream, { deadline: deadlines.create(), ...limits });
    this.waiting = false;
    return name;
  }

  /** Serves HTTP/1. @returns how it goes on after a CONNECT that was accepted */
  async serveHttp1(channel: Channel, route: Route | undefined): Promise<ConnectTunnel | undefined> {
    const session = new Http1Session(this.context, channel, route);
    this.session = session;
    try {
      return await session.run();
    } finally {
      this.session = undefined;
      this.served += session.served;
    }
  }

  /** Bytes that are recorded, but not understood. */
  async serveRaw(channel: Channel, route: Route): Promise<void> {
    const server = await this.serverFor(channel, route);
    if (server) await serveTcp(this.context, channel, server);
  }

  /** Bytes that nobody looks at. @param name that the client gave for the server */
  async serveIgnored(channel: Channel, route: Route, name: string | undefined): Promise<void> {
    const server = await this.serverFor(channel, route);
    if (server) await serveIgnored(this.context, channel, server, name);
  }

  /** Serves what is inside TLS, and notices a client that has nothing to say there. */
  noticeSilence(target: TlsTarget, { stream }: Channel, serve: () => Promise<void>): Promise<void> {
    const { served } = this;
    return noticeSilence(this.context, target, stream, async () => {
      await serve();
      return this.served > served;
    });
  }

  /** The server of a connection whose bytes go on as they are. */
  private async serverFor(channel: Channel, route: Route): Promise<ServerChannel | undefined> {
    const { authentication, services, client } = this.context;
    if (authentication.required) {
      services.log.warn('Closed: the client has to say who it is, but what it speaks has no way to.', client);
      route.dispose();
      channel.destroy();
      return undefined;
    }
    const server = route.takeReady() ?? (await this.open(channel, route));
    if (server) this.served++;
    return server;
  }

  /** For a client that was told that it is connected already: failing can only mean to close it. */
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
