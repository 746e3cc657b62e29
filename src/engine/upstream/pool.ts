import { isSameProxy, type ServerConnection } from '../../flow/connection.js';
import type { HttpFlow } from '../../flow/flow.js';
import type { OutgoingRequest, Tunnel, UpstreamConnection } from '../http/wire.js';
import type { Destination } from './route.js';

/** Opens a new connection for a pool. @throws UpstreamError, ProtocolError */
export type Connector = (destination: Destination, server: ServerConnection) => Promise<UpstreamConnection>;

/**
 * A connection switched from HTTP/1 to HTTP/2, and stream 1: the response to the last HTTP/1 request (RFC 7540 section 3.2).
 */
export interface SwitchedConnection {
  readonly connection: UpstreamConnection;
  readonly outgoing: OutgoingRequest;
}

/** Switches an HTTP/1 connection to HTTP/2. @param method of the request of stream 1 */
export type Switcher = (from: UpstreamConnection, tunnel: Tunnel, method: string) => SwitchedConnection;

/** A connection leased for one request, to be released after it. */
export interface Lease {
  readonly connection: UpstreamConnection;
}

/** Idle connections shared with other clients. */
export interface Sharing {
  /**
   * An idle connection for a destination, if there is one.
   * @throws UpstreamError, ProtocolError if the connection is refused
   */
  borrow(destination: Destination, server: ServerConnection): Promise<UpstreamConnection | undefined>;
  /** Takes over an idle connection. @returns false if it may not serve other clients */
  offer(connection: UpstreamConnection): boolean;
  /** Takes back a connection. @returns false if it is no longer idle */
  reclaim(connection: UpstreamConnection): boolean;
}

export interface PoolOptions {
  /** Undefined if clients do not share connections. */
  sharing?: Sharing | undefined;
  /** Undefined if connections cannot switch to HTTP/2. */
  switcher?: Switcher | undefined;
}

/** Maximum number of idle connections. Above it, the least recently used one is closed. */
const KEPT = 5;
/** Maximum number of destinations of which it is known that they do not multiplex. */
const MAX_SERIAL = 1000;

/**
 * The server connections of one client connection. They are not shared between clients, because authentication can be bound to
 * a connection. A multiplexed connection is leased to several requests at a time, any other to one.
 */
export class UpstreamPool {
  /** Available connections, in the order of their last use. */
  private readonly connections: UpstreamConnection[] = [];
  /** Connections being opened. Requests to the same destination wait for them, as they may be multiplexed. */
  private readonly pending = new Map<string, Promise<Lease>>();
  /** Destinations whose servers do not multiplex connections. */
  private readonly serial = new Set<string>();
  /** Connections of this client that were offered to `sharing`; another client may be using them. */
  private shared: UpstreamConnection[] = [];
  private readonly sharing: Sharing | undefined;
  private readonly switcher: Switcher | undefined;
  private closed = false;
  /** Called when a server accepts extended CONNECT (RFC 8441). */
  onConnectProtocol: () => void = () => {};

  constructor(
    private readonly connector: Connector,
    { sharing, switcher }: PoolOptions = {},
  ) {
    this.sharing = sharing;
    this.switcher = switcher;
  }

  /** Adds a connection that was opened for later requests. */
  add(connection: UpstreamConnection): void {
    if (this.closed) return connection.close();
    const discard = (): void => this.discard(connection);
    connection.onUnusable = discard;
    this.connections.push(connection);
  }

  /** Leases an open connection. @returns undefined if there is no usable one */
  take(destination: Destination): Lease | undefined {
    for (let at = this.connections.length - 1; at >= 0; at--) {
      const connection = this.connections[at]!;
      if (!leadsTo(connection, destination)) continue;
      if (connection.multiplexed) {
        if (connection.canTake()) return { connection };
        continue;
      }
      this.connections.splice(at, 1);
      connection.onUnusable = ignore;
      if (connection.canTake()) return { connection };
      connection.close();
    }
    return this.shared.length > 0 ? this.reclaim(destination) : undefined;
  }

  /**
   * The connection for a request that is about to be sent: the leased one if it is usable and no addon has changed the
   * destination, otherwise another open one.
   */
  renew(lease: Lease | undefined, flow: HttpFlow): Lease | undefined {
    const { request, server } = flow;
    // The address of the connection, which an addon may have changed.
    const [host, port] = server.address!;
    const isSame = lease
      ? leadsTo(lease.connection, request)
      : host === request.host && port === request.port && !request.via;
    if (isSame) {
      if (!lease || lease.connection.canTake()) return lease;
      this.release(lease);
      return undefined;
    }
    if (lease) this.release(lease);
    return this.take(request);
  }

  /**
   * Opens a connection, or waits for a pending one that can be shared.
   * @param mayShare an idle connection of another client may be used
   * @throws UpstreamError, ProtocolError
   */
  async connect(destination: Destination, server: ServerConnection, mayShare = false): Promise<Lease> {
    const borrowed = mayShare && this.sharing ? await this.sharing.borrow(destination, server) : undefined;
    if (borrowed) return { connection: borrowed };
    const key = keyOf(destination);
    if (this.serial.has(key)) return this.open(destination, server, key);
    const pending = this.pending.get(key);
    if (pending) {
      const { connection } = await pending;
      if (connection.multiplexed && connection.canTake()) return { connection };
      return this.open(destination, server, key);
    }
    const opening = this.open(destination, server, key);
    this.pending.set(key, opening);
    try {
      return await opening;
    } finally {
      this.pending.delete(key);
    }
  }

  private async open(destination: Destination, server: ServerConnection, key: string): Promise<Lease> {
    const connection = await this.connector(destination, server);
    if (!connection.multiplexed) {
      if (this.serial.size >= MAX_SERIAL) this.serial.clear();
      this.serial.add(key);
    } else {
      // The server may have switched to HTTP/2 since its last connection.
      this.serial.delete(key);
      if (this.closed) connection.close();
      else this.add(connection);
    }
    return { connection };
  }

  /** Returns a connection, to be reused if it is still usable. */
  release({ connection }: Lease): void {
    if (connection.multiplexed) {
      if (!connection.canTake() && !this.connections.includes(connection)) connection.close();
      return;
    }
    if (!connection.canTake()) {
      connection.close();
      return;
    }
    if (this.sharing?.offer(connection)) {
      if (!this.closed) this.remember(connection);
      return;
    }
    if (this.closed) {
      connection.close();
      return;
    }
    if (this.connections.length > 0) this.take(connection.destination)?.connection.close();
    this.add(connection);
    if (this.connections.length > KEPT) this.connections.shift()!.close();
  }

  /** Switches a leased HTTP/1 connection, which has become a tunnel, to HTTP/2. Later requests can share it. */
  switchToHttp2({ connection: from }: Lease, tunnel: Tunnel, method: string): SwitchedConnection {
    const switched = this.switcher!(from, tunnel, method);
    this.serial.delete(keyOf(from.destination));
    if (!this.closed) this.add(switched.connection);
    return switched;
  }

  close(): void {
    this.closed = true;
    this.shared = [];
    for (const connection of this.connections.splice(0)) connection.close();
  }

  /** Lets later requests of this client use the same connection again, unless another client has taken it. */
  private remember(connection: UpstreamConnection): void {
    if (this.shared.includes(connection)) return;
    this.shared.push(connection);
    if (this.shared.length > KEPT) this.shared.shift();
  }

  private reclaim(destination: Destination): Lease | undefined {
    for (let at = this.shared.length - 1; at >= 0; at--) {
      const connection = this.shared[at]!;
      if (!leadsTo(connection, destination)) continue;
      this.shared.splice(at, 1);
      if (this.sharing!.reclaim(connection)) return { connection };
    }
    return undefined;
  }

  private discard(connection: UpstreamConnection): void {
    const at = this.connections.indexOf(connection);
    if (at < 0) return;
    this.connections.splice(at, 1);
    if (!connection.multiplexed) connection.close();
  }
}

function ignore(): void {}

function keyOf({ scheme, host, port, via }: Destination): string {
  const key = `${scheme}://${host}:${port}`;
  return via ? JSON.stringify([key, via]) : key;
}

function leadsTo({ destination }: UpstreamConnection, { scheme, host, port, via }: Destination): boolean {
  return (
    destination.port === port &&
    destination.host === host &&
    destination.scheme === scheme &&
    isSameProxy(destination.via, via)
  );
}
