import type { ReplayClient } from '../../engine/index.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import { authenticatesConnection } from './request/credentials.js';

/** Creates a client that sends requests, with server connections of its own. */
export type CreateClient = (serverName: string | undefined) => ReplayClient;

/** Server names for which one lane keeps connections. */
const NAMES = 8;
/** Milliseconds after which an idle connection is not used for a request that must not be sent twice. */
const FRESH = 1000;
/** Methods whose requests may be repeated (RFC 9110 section 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}

/** Carries one request at a time, and keeps its connections for the next. */
export class Lane {
  /** The recorded connection whose request it carried last. */
  connection: string | undefined;
  /** The connection to the server is authenticated as that client. */
  private authenticated = false;
  private readonly clients = new Map<string, ReplayClient>();
  private used = 0;

  constructor(private readonly create: CreateClient) {}

  /** The client for a request. @param serverName the name for TLS, if it is not that of the request's URL */
  clientFor(connection: string, request: HttpRequest, serverName: string | undefined): ReplayClient {
    const now = performance.now();
    if (this.authenticated && this.connection !== connection) this.close();
    // A server that closes an idle connection just now would leave open whether it has received the request.
    else if (!isIdempotent(request.method) && now - this.used > FRESH) this.close();
    this.connection = connection;
    if (authenticatesConnection(request.headers)) this.authenticated = true;
    const name = serverName ?? '';
    let client = this.clients.get(name);
    if (client?.closed) client = undefined;
    client ??= this.create(serverName);
    this.clients.delete(name);
    this.clients.set(name, client);
    if (this.clients.size > NAMES) {
      const [oldest, idle] = this.clients.entries().next().value!;
      idle.close();
      this.clients.delete(oldest);
    }
    return client;
  }

  /** The request has ended. */
  rest(): void {
    this.used = performance.now();
  }

  close(): void {
    this.authenticated = false;
    for (const client of this.clients.values()) client.close();
    this.clients.clear();
  }
}

/** The idle lanes. A request gets the one that its recorded connection used last, else the most recently used one. */
export class Lanes {
  private readonly idle: Lane[] = [];
  private readonly byConnection = new Map<string, Lane>();

  constructor(private readonly create: CreateClient) {}

  take(connection: string): Lane {
    const own = this.byConnection.get(connection);
    if (own) {
      this.byConnection.delete(connection);
      this.idle.splice(this.idle.lastIndexOf(own), 1);
      return own;
    }
    const lane = this.idle.pop();
    if (!lane) return new Lane(this.create);
    if (lane.connection !== undefined && this.byConnection.get(lane.connection) === lane) {
      this.byConnection.delete(lane.connection);
    }
    return lane;
  }

  give(lane: Lane): void {
    lane.rest();
    this.idle.push(lane);
    if (lane.connection !== undefined) this.byConnection.set(lane.connection, lane);
  }

  close(): void {
    for (const lane of this.idle.splice(0)) lane.close();
    this.byConnection.clear();
  }
}
