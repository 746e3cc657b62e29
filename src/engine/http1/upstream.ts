import { ServerConnection } from '../../flow/connection.js';
import type { ClientContext } from '../client-context.js';
import { UpstreamError } from '../errors.js';
import { Outlet } from '../outlet.js';
import type { Route } from '../route.js';
import type { ServerChannel } from '../server-channel.js';
import { connectServer } from '../server-connection.js';
import { connectTlsServer } from '../tls/connect-tls-server.js';
import { Http1Reader } from './reader.js';

/** Idle connections that one client connection keeps; beyond it the one that was used longest ago is closed. */
const KEPT = 5;

/** Where a connection leads. */
interface Destination {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
}

/** An HTTP/1 connection to a server. */
export class Upstream {
  readonly reader: Http1Reader;
  readonly outlet: Outlet;
  /** Exchanges begun on it before the present one. */
  used = 0;
  private broken = false;

  constructor(
    readonly channel: ServerChannel,
    readonly destination: Destination,
    context: ClientContext,
  ) {
    const { maxHeaderSize, validateInboundHeaders } = context.services.options;
    this.outlet = new Outlet(channel.stream, context.services.turn);
    this.reader = new Http1Reader(channel.stream, { maxHeaderSize, strict: validateInboundHeaders }, 502);
    let failure: Error | undefined;
    channel.stream.on('error', (error) => {
      failure = error;
    });
    channel.stream.once('close', () => {
      this.broken = true;
      this.reader.fail(failure ?? new UpstreamError('The server closed the connection.'));
    });
    // It may have been closed while hooks were told of it.
    if (channel.stream.destroyed) this.close(new UpstreamError('The server closed the connection.'));
  }

  /** Whether another request may be sent on it. What a server says unasked is no answer to the next request. */
  get usable(): boolean {
    return !this.broken && !this.reader.atEnd && this.reader.buffered === 0 && this.channel.stream.writable;
  }

  get connection(): ServerConnection {
    return this.channel.connection;
  }

  close(error?: Error): void {
    this.broken = true;
    if (error) this.reader.fail(error);
    this.channel.stream.destroy();
    this.channel.raw.destroy();
  }
}

/** The connections to servers of one client connection: one a destination, used again (connection-bound authentication). */
export class UpstreamPool {
  /** The one used last is the last. */
  private readonly idle: Upstream[] = [];

  /** @param route the way to the one destination that there is, if requests do not choose it */
  constructor(
    private readonly context: ClientContext,
    private readonly route: Route | undefined,
  ) {
    if (!route?.ready) return;
    this.giveBack(new Upstream(route.ready, route, context));
    route.ready = undefined;
  }

  /** Takes an idle connection out, if there is one that still lives. */
  take(scheme: string, host: string, port: number): Upstream | undefined {
    const upstream = this.idle.find(({ destination }) => isTo(destination, scheme, host, port));
    if (!upstream) return undefined;
    this.remove(upstream);
    upstream.reader.onEnd = ignore;
    upstream.reader.onIdleBytes = ignore;
    if (upstream.usable) return upstream;
    upstream.close();
    return undefined;
  }

  /** @throws UpstreamError, ProtocolError */
  async connect(scheme: string, host: string, port: number, server = new ServerConnection()): Promise<Upstream> {
    server.address = [host, port];
    return new Upstream(await this.open(scheme, host, port, server), { scheme, host, port }, this.context);
  }

  private open(scheme: string, host: string, port: number, server: ServerConnection): Promise<ServerChannel> {
    const { route, context } = this;
    if (route && isTo(route, scheme, host, port)) return route.open(server);
    return scheme === 'https' ? connectTlsServer(context, server) : connectServer(context, server, true);
  }

  /** Keeps a connection for the next request, unless it cannot serve one. */
  giveBack(upstream: Upstream): void {
    if (!upstream.usable) {
      upstream.close();
      return;
    }
    const discard = (): void => {
      this.remove(upstream);
      upstream.close();
    };
    upstream.reader.onEnd = discard;
    upstream.reader.onIdleBytes = discard;
    const { scheme, host, port } = upstream.destination;
    this.take(scheme, host, port)?.close();
    this.idle.push(upstream);
    if (this.idle.length > KEPT) this.idle.shift()!.close();
  }

  close(): void {
    for (const upstream of this.idle.splice(0)) upstream.close();
  }

  private remove(upstream: Upstream): void {
    const at = this.idle.indexOf(upstream);
    if (at >= 0) this.idle.splice(at, 1);
  }
}

function isTo(destination: Destination, scheme: string, host: string, port: number): boolean {
  return destination.port === port && destination.host === host && destination.scheme === scheme;
}

function ignore(): void {}
