import type { ServerConnection } from '../../flow/connection.js';
import type { HttpFlow } from '../../flow/flow.js';
import type { ClientContext } from '../client-context.js';
import type { Destination, Route } from '../route.js';
import type { ServerChannel } from '../server-channel.js';
import { connectServer } from '../server-connection.js';
import { connectTlsServer } from '../tls/connect-tls-server.js';
import { Upstream } from './upstream.js';

/** Idle connections that one client connection keeps; beyond it the one that was used longest ago is closed. */
const KEPT = 5;

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

  /**
   * The connection for a request: the one that was taken for it, if it still lives and no addon sends the request
   * elsewhere, or another idle one.
   */
  reuse(taken: Upstream | undefined, flow: HttpFlow): Upstream | undefined {
    const { request, server } = flow;
    const [host, port] = server.address!;
    const isSameScheme = !taken || taken.destination.scheme === request.scheme;
    if (host === request.host && port === request.port && isSameScheme) {
      if (!taken || taken.usable) return taken;
      taken.close();
      return undefined;
    }
    if (taken) this.giveBack(taken);
    const other = this.take(request.scheme, request.host, request.port);
    if (other) flow.server = other.connection;
    return other;
  }

  /** @throws UpstreamError, ProtocolError */
  async connect(scheme: string, host: string, port: number, server: ServerConnection): Promise<Upstream> {
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
