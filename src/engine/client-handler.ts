import type { Socket } from 'node:net';
import { Clock } from '../flow/clock.js';
import { ClientConnection, ServerConnection } from '../flow/connection.js';
import { Authentication } from './authentication.js';
import { type Channel, endLingering } from './channel.js';
import type { ClientContext } from './client-context.js';
import { detect, detectExplicit, detectRaw, type Protocol } from './detect.js';
import type { ParentProxy } from './dial/parent-proxy.js';
import { ClientGoneError } from './errors.js';
import type { Handover } from './http1/outcome.js';
import { Http1Session } from './http1/session.js';
import type { Entrance, Mode } from './modes/mode.js';
import { peekHost } from './passthrough/peek-host.js';
import type { TlsTarget } from './passthrough/rejections.js';
import { serveIgnored } from './passthrough/serve-ignored.js';
import { type FirstSight, peek } from './peek.js';
import { type FixedServer, isHttpServer, isTlsServer, type Route } from './route.js';
import type { ServerChannel } from './server-channel.js';
import type { Services } from './services.js';
import { serveTcp } from './tcp-flow.js';
import { reportSilentClient } from './tls/client-failure.js';
import { acceptTlsToProxy, interceptTls } from './tls/intercept.js';
import { secureRoute } from './tls/secure-route.js';

/** With a lazy connection, seconds after which a silent client is taken to wait for the server to speak. */
const SILENCE = 1;

/** One client connection from accept to close: decides layer by layer what is spoken on it. */
export class ClientHandler implements ClientContext {
  readonly client = new ClientConnection();
  readonly clock = new Clock();
  readonly authentication = new Authentication(this.services, this.client, this.socket);
  closing = false;
  interrupted = false;
  private session: Http1Session | undefined;
  /** Exchanges and tunnels so far. */
  private served = 0;
  /** Nothing was said yet on this layer. */
  private waiting = false;

  constructor(
    readonly services: Services,
    readonly socket: Socket,
    private readonly mode: Mode,
    modeText: string,
  ) {
    // Errors end in 'close', which everybody listens to.
    socket.on('error', () => {});
    this.client.mode = modeText;
    this.client.timestampStart = this.clock.start;
    this.client.peer = [socket.remoteAddress ?? '', socket.remotePort ?? 0];
    this.client.local = [socket.localAddress ?? '', socket.localPort ?? 0];
  }

  /** Serves the connection until it ends. It never throws. */
  async run(): Promise<void> {
    const { services, client, socket } = this;
    const { hooks, log } = services;
    try {
      log.info('client connect', client);
      await hooks.emit('clientConnected', client);
      if (client.error) {
        log.warn(client.error, client);
        socket.destroy();
      } else await this.enter({ stream: socket, raw: socket });
    } catch (error) {
      log.error(`Internal error: ${error instanceof Error ? error.stack : error}`, client);
      socket.destroy();
    }
    client.timestampEnd = this.clock.now();
    log.info('client disconnect', client);
    await hooks.emit('clientDisconnected', client);
  }

  /** No further exchange is begun; a connection that has none in progress is closed. */
  close(): void {
    this.closing = true;
    const { session, socket } = this;
    if (!this.waiting && !session?.idle) return;
    session?.downstream.outlet.flush();
    const channel = session?.downstream.channel;
    // The end of the last answer may still be on its way.
    if (channel && channel.stream.writableLength > 0) endLingering(channel);
    else socket.destroy();
  }

  /** Ends what still lives, with the error `interrupted`. */
  interrupt(): void {
    this.closing = true;
    this.interrupted = true;
    this.session?.interrupt();
    this.socket.destroy();
  }

  get parent(): ParentProxy | undefined {
    return this.mode.parent;
  }

  private async enter(channel: Channel): Promise<void> {
    this.waiting = true;
    let entrance: Entrance;
    try {
      entrance = await this.mode.enter(this, channel);
    } catch (error) {
      if (!(error instanceof ClientGoneError)) throw error;
      channel.raw.destroy();
      return;
    }
    this.waiting = false;
    if (entrance.kind === 'explicit') await this.serveExplicit(channel);
    else if (entrance.kind === 'routed') await this.serveRoute(channel, entrance.route);
  }

  /** A client that knows that we are a proxy: its requests say where to go. */
  private async serveExplicit(channel: Channel): Promise<void> {
    const sight = await this.look(channel.stream, undefined, detectExplicit, this.services.options.tcpTimeout);
    if (sight === 'tls') {
      const inside = await acceptTlsToProxy(this, channel);
      if (inside) await this.serveExplicit(inside);
    } else if (sight === 'silence' || sight === 'closed') channel.raw.destroy();
    else await this.serveHttp1(channel, undefined);
  }

  /** What is spoken on a connection whose destination is known: decided by what comes first, again on each layer. */
  private async serveRoute(channel: Channel, route: Route, alpn?: string): Promise<void> {
    const { ready, fixed } = route;
    if (fixed) return this.serveFixed(channel, route, fixed);
    const { tcpTimeout } = this.services.options;
    if (this.services.passthrough.isIgnoredAnyway(this.client, route))
      return this.serveIgnored(channel, route, undefined);
    const wait = ready ? tcpTimeout : SILENCE;
    const sight = isHttp1(alpn) ? 'http1' : await this.look(channel.stream, ready?.stream, detect, wait);
    const end = (): void => {
      ready?.raw.destroy();
      channel.raw.destroy();
    };
    if (sight === 'closed' || this.closing || (sight === 'silence' && ready)) return end();
    if (sight !== 'tls') {
      const name = await this.nameOf(channel, sight);
      if (this.services.passthrough.isIgnored(this.client, route, name)) return this.serveIgnored(channel, route, name);
      if (this.services.passthrough.isTcp(this.client, route)) return this.serveRaw(channel, route);
      if (sight === 'http1') return this.serveHttp1(channel, route);
    }
    if (sight !== 'tls' && !this.services.options.rawtcp) {
      this.services.log.info(`Closed: what is spoken with ${route.host} is not HTTP (rawtcp).`, this.client);
      return end();
    }
    if (sight === 'tls') {
      const inside = await interceptTls(this, channel, route);
      if (inside.kind === 'open') {
        return this.noticeSilence(inside.target, () => this.serveRoute(inside.channel, inside.route, inside.alpn));
      }
      if (inside.kind === 'ended') {
        ready?.raw.destroy();
        return undefined;
      }
      if (inside.ignored) return this.serveIgnored(channel, route, inside.name);
    }
    return this.serveRaw(channel, route);
  }

  /** A client of a server that is fixed: with TLS or without, as it likes, and inside what the server speaks. */
  private async serveFixed(channel: Channel, route: Route, fixed: FixedServer): Promise<void> {
    const { ready } = route;
    if (this.services.passthrough.isIgnoredAnyway(this.client, route))
      return this.serveIgnored(channel, route, undefined);
    const isHttp = isHttpServer(fixed);
    // TLS with the server is begun by us.
    const speaker = fixed.protocol === 'tls' ? undefined : ready?.stream;
    const waits = isHttp || speaker !== undefined;
    const wait = waits ? this.services.options.tcpTimeout : SILENCE;
    const sight = await this.look(channel.stream, speaker, isHttp ? detectExplicit : detectRaw, wait);
    if (sight === 'serverFirst' && isHttp) {
      // It was tired of waiting for a request, or sent what nobody has asked for.
      ready?.raw.destroy();
      return this.serveFixed(channel, { ...route, ready: undefined }, fixed);
    }
    if (sight === 'closed' || this.closing || (sight === 'silence' && waits)) {
      ready?.raw.destroy();
      channel.raw.destroy();
      return undefined;
    }
    if (sight !== 'tls') {
      const name = await this.nameOf(channel, sight);
      if (this.services.passthrough.isIgnored(this.client, route, name)) return this.serveIgnored(channel, route, name);
      const way = isTlsServer(fixed) ? await secureRoute(this, route) : route;
      return isHttp ? this.serveHttp1(channel, way) : this.serveRaw(channel, way);
    }
    const inside = await interceptTls(this, channel, route);
    if (inside.kind === 'ended') {
      ready?.raw.destroy();
      return undefined;
    }
    if (inside.kind === 'open') {
      const { target, channel: within, route: way } = inside;
      return this.noticeSilence(target, () => (isHttp ? this.serveHttp1(within, way) : this.serveRaw(within, way)));
    }
    return inside.ignored ? this.serveIgnored(channel, route, inside.name) : this.serveRaw(channel, route);
  }

  /** Serves what is inside TLS, and notices a client that has nothing to say there. */
  private async noticeSilence(target: TlsTarget, serve: () => Promise<void>): Promise<void> {
    const { served } = this;
    await serve();
    if (this.served > served) this.services.rejections?.forget(this.client, target);
    else if (!this.closing) reportSilentClient(this, target);
  }

  /** Bytes that are recorded, but not understood. */
  private async serveRaw(channel: Channel, route: Route): Promise<void> {
    const server = await this.serverFor(channel, route);
    if (server) await serveTcp(this, channel, server);
  }

  /** Bytes that nobody looks at. @param name that the client gave for the server */
  private async serveIgnored(channel: Channel, route: Route, name: string | undefined): Promise<void> {
    const server = await this.serverFor(channel, route);
    if (server) await serveIgnored(this, channel, server, name);
  }

  /** The server of a connection whose bytes go on as they are. */
  private async serverFor(channel: Channel, route: Route): Promise<ServerChannel | undefined> {
    if (this.authentication.required) {
      this.services.log.warn('Closed: the client has to say who it is, but what it speaks has no way to.', this.client);
      route.ready?.raw.destroy();
      channel.raw.destroy();
      return undefined;
    }
    const server = route.ready ?? (await this.open(channel, route));
    if (server) this.served++;
    return server;
  }

  /** The name by which a client that does not speak TLS calls its server, if that matters and it does. */
  private async nameOf(channel: Channel, sight: FirstSight): Promise<string | undefined> {
    const { passthrough, deadlines, options } = this.services;
    if (sight !== 'http1' || !passthrough.asksForNames) return undefined;
    const limits = { seconds: options.headerTimeout, limit: options.maxHeaderSize };
    this.waiting = true;
    const name = await peekHost(channel.stream, { deadline: deadlines.create(), ...limits });
    this.waiting = false;
    return name;
  }

  private async serveHttp1(channel: Channel, route: Route | undefined): Promise<void> {
    const session = new Http1Session(this, channel, route);
    this.session = session;
    let handover: Handover | undefined;
    try {
      handover = await session.run();
    } finally {
      this.session = undefined;
      this.served += session.served;
    }
    if (!handover) return;
    if (handover.rest.length > 0) channel.stream.unshift(handover.rest);
    await this.serveRoute(channel, handover.route);
  }

  private async look(
    client: Socket,
    server: Socket | undefined,
    detector: (bytes: Buffer) => Protocol,
    silenceAfter: number,
  ): Promise<FirstSight> {
    this.waiting = true;
    const { deadlines, options } = this.services;
    const sight = await peek(client, server, detector, deadlines.create(), silenceAfter, options.halfCloseTimeout);
    this.waiting = false;
    return sight;
  }

  /** For a client that was told that it is connected already: failing can only mean to close it. */
  private async open(channel: Channel, route: Route): Promise<ServerChannel | undefined> {
    const server = new ServerConnection();
    server.address = [route.host, route.port];
    try {
      return await route.open(server);
    } catch (error) {
      this.services.log.warn((error as Error).message, this.client);
      channel.raw.resetAndDestroy();
      return undefined;
    }
  }
}

function isHttp1(alpn: string | undefined): boolean {
  return alpn === 'http/1.1' || alpn === 'http/1.0';
}
