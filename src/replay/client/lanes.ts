import type { ReplayClient } from '../../engine/index.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import { authenticatesConnection } from './request/credentials.js';

/** Creates a client for sending requests. Each client has its own server connections. */
export type CreateClient = (serverName: string | undefined) => ReplayClient;

/** Maximum number of server names for which a lane keeps connections. */
const NAMES = 8;
/** Idempotent methods (RFC 9110 section 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}

/** A lane sends one request at a time, and keeps its connections open for later requests. */
export class Lane {
  /** The recorded connection of the last request. */
  connection: string | undefined;
  /** Whether the lane has no request in flight. */
  isIdle = false;
  /** Whether the connection to the server is authenticated with the credentials of the recorded connection. */
  private authenticated = false;
  /** The client for the last server name. The clients for other server names are in `others`. */
  private client: ReplayClient | undefined;
  private name: string | undefined;
  private readonly others = new Map<string | undefined, ReplayClient>();

  constructor(private readonly create: CreateClient) {}

  /** The client for a request. @param serverName TLS server name; undefined for the host of the URL */
  clientFor(connection: string, request: HttpRequest, serverName: string | undefined): ReplayClient {
    if (this.authenticated && this.connection !== connection) this.close();
    this.connection = connection;
    if (authenticatesConnection(request.headers)) this.authenticated = true;
    if (!this.client || this.name !== serverName) this.select(serverName);
    if (!this.client || this.client.closed) this.client = this.create(serverName);
    return this.client;
  }

  /** Makes the client for a server name the current one, if it exists. */
  private select(name: string | undefined): void {
    const { others } = this;
    if (this.client) others.set(this.name, this.client);
    this.client = others.get(name);
    others.delete(name);
    this.name = name;
    if (others.size < NAMES) return;
    const [oldest, idle] = others.entries().next().value!;
    idle.close();
    others.delete(oldest);
  }

  close(): void {
    this.authenticated = false;
    this.client?.close();
    this.client = undefined;
    for (const client of this.others.values()) client.close();
    this.others.clear();
  }
}

/**
 * The idle lanes. A request gets the last lane of its recorded connection, if that is idle, otherwise the most recently used
 * lane.
 */
export class Lanes {
  private readonly idle: Lane[] = [];
  /** The last lane of each recorded connection, unless another connection has taken the lane since. */
  private readonly byConnection = new Map<string, Lane>();

  constructor(private readonly create: CreateClient) {}

  acquire(connection: string): Lane {
    const lane = this.find(connection) ?? new Lane(this.create);
    lane.isIdle = false;
    return lane;
  }

  private find(connection: string): Lane | undefined {
    const own = this.byConnection.get(connection);
    if (own?.isIdle) {
      this.idle.splice(this.idle.lastIndexOf(own), 1);
      return own;
    }
    const lane = this.idle.pop();
    if (lane?.connection !== undefined && this.byConnection.get(lane.connection) === lane) {
      this.byConnection.delete(lane.connection);
    }
    return lane;
  }

  release(lane: Lane): void {
    lane.isIdle = true;
    this.idle.push(lane);
    const { connection } = lane;
    if (connection !== undefined && this.byConnection.get(connection) !== lane) this.byConnection.set(connection, lane);
  }

  close(): void {
    for (const lane of this.idle.splice(0)) lane.close();
    this.byConnection.clear();
  }
}
