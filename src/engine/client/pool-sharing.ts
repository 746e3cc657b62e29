import type { ServerConnection } from '../../flow/connection.js';
import type { UpstreamConnection } from '../http/wire.js';
import type { Sharing } from '../upstream/pool.js';
import type { Destination } from '../upstream/route.js';
import { announce } from '../upstream/server-connection.js';
import type { SharedConnections } from '../upstream/shared/shared-connections.js';
import type { ClientContext } from './client-context.js';

/** The parameters with which a client's connections to a destination are opened. */
export interface Opening {
  /** Whether an upstream proxy may forward requests, without a tunnel. */
  readonly takesForwarder: boolean;
  /**
   * The verified and negotiated parameters of TLS as text, empty without TLS; undefined if other clients must not use the
   * connection.
   */
  readonly scope: string | undefined;
}

/** Gives idle connections of one client to the connections that all clients share, and borrows from them. */
export class PoolSharing implements Sharing {
  /** @param opening the parameters for a destination */
  constructor(
    private readonly context: ClientContext,
    private readonly shared: SharedConnections,
    private readonly opening: (destination: Destination) => Opening,
  ) {}

  /** `ShareTerms.key` of connections to a destination; undefined if they are not shared. */
  keyFor(destination: Destination): string | undefined {
    const { scheme, host, port } = destination;
    const { takesForwarder, scope } = this.opening(destination);
    if (scope === undefined) return undefined;
    const via = this.context.upstreamProxy?.select([host, port], takesForwarder ? 'http' : 'https');
    return JSON.stringify([scheme, host, port, scope, this.shared.idOf(via), via !== undefined && takesForwarder]);
  }

  async borrow(destination: Destination, server: ServerConnection): Promise<UpstreamConnection | undefined> {
    const { context, shared } = this;
    const { hooks, permitConnection } = context.services;
    const key = this.keyFor(destination);
    if (key === undefined || permitConnection || !shared.has(key)) return undefined;
    if (hooks.listens('serverConnect')) {
      const announced = await announce(context, server, this.opening(destination).takesForwarder);
      shared.announced.set(server, announced);
      if (!announced.isPlain) return undefined;
    }
    return shared.take(key);
  }

  offer(connection: UpstreamConnection): boolean {
    const terms = connection.shareTerms;
    return terms !== undefined && this.shared.offer(connection, terms);
  }

  reclaim(connection: UpstreamConnection): boolean {
    return this.shared.reclaim(connection);
  }
}
