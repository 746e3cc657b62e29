import type { ReplayClient } from '../../engine/index.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import { authenticatesConnection } from './request/credentials.js';

/** Creates a client that sends requests, with server connections of its own. */
export type CreateClient = (serverName: string | undefined) => ReplayClient;

/** Server names for which one lane keeps connections. */
const NAMES = 8;
/** Methods whose requests may be repeated (RFC 9110 section 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}

/** Carries one request at a time, and keeps its connections for the next. */
export class Lane {
  /** The recorded connection whose request it carried last. */
  connection: string | undefined;
  /** Whether it carries no request. */
  isIdle = false;
  /** The connection to the server is authenticated as that client. */
  private authenticated = false;
  /** The client that was used last, and the others. */
  private client: ReplayClient | undefined;
  private name: string | undefined;
  private readonly others = new Map<string | undefined, ReplayClient>();

  constructor(private readonly create: CreateClient) {}

  /** The client for a request. @param serverName the name for TLS, if it is not that of the request's URL */
  clientFor(connection: string, request: HttpRequest, serverName: string | undefined): ReplayClient {
    if (this.authenticated && this.connection !== connection) this.close();
    this.connection = connection;
    if (authenticatesConnection(request.headers)) this.authenticated = true;
    if (!this.client || this.name !== serverName) this.select(serverName);
    if (!this.client || this.client.closed) this.client = this.create(serverName);
    return this.client;
  }

  /** Makes the client for another server name the current one, if there is one. */
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

/** The idle lanes. A request gets the one that its recorded connection used last, else the most recently used one. */
export class Lanes {
  private readonly idle: Lane[] = [];
  /** The last lane of each recorded connection, unless it has carried another one since. */
  private readonly byConnection = new Map<string, Lane>();

  constructor(private readonly create: CreateClient) {}

  take(connection: string): Lane {
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

  give(lane: Lane): void {
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
