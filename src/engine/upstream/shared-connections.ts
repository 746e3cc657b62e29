import type { ServerConnection } from '../../flow/connection.js';
import type { ShareTerms, UpstreamConnection } from '../http/wire.js';
import type { Deadline, Deadlines } from '../net/deadlines.js';

/** Maximum number of idle connections. Above it, the connection with the longest idle time is closed. */
const MAX_IDLE = 256;

/** Maximum number of idle connections with the same key. */
const MAX_PER_KEY = 32;

/** Seconds between checks for expired connections. */
const SWEEP_SECONDS = 5;

interface Entry extends ShareTerms {
  readonly connection: UpstreamConnection;
  /** `performance.now()` of its expiry. */
  readonly expires: number;
  /**
   * Whether the socket has been read since the connection was offered, so that bytes after its last response would have been
   * received.
   */
  settled: boolean;
}

/** The result of `serverConnect` for a connection that is about to be opened. */
export interface ServerConnectResult {
  /** No addon has changed the connection. */
  isPlain: boolean;
  /** An addon has chosen the upstream proxy. */
  isOtherProxy: boolean;
}

/** Idle connections to servers that may serve any client (`share_connections`), limited in number and idle time. */
export class SharedConnections {
  /** The results of `serverConnect` for server connections for which it ran during the search for an idle connection. */
  readonly hookResults = new WeakMap<ServerConnection, ServerConnectResult>();
  /** In the order of `offer`, so the first connection has been idle longest. */
  private readonly idle = new Map<UpstreamConnection, Entry>();
  private readonly byKey = new Map<string, Entry[]>();
  private readonly places = new Map<string, number>();
  private readonly ids = new WeakMap<object, number>();
  private lastId = 0;
  private settling: Entry[] = [];
  private readonly deadline: Deadline;
  private closed = false;

  constructor(deadlines: Deadlines) {
    this.deadline = deadlines.create(() => this.sweep());
  }

  get size(): number {
    return this.idle.size;
  }

  /** A unique number for an object, to be used in a key. */
  idOf(part: object | undefined): number {
    if (!part) return 0;
    const known = this.ids.get(part);
    if (known !== undefined) return known;
    this.ids.set(part, ++this.lastId);
    return this.lastId;
  }

  /** Whether there is an idle connection to a server. @param place its `HOST:PORT` */
  leadsTo(place: string): boolean {
    return this.places.has(place);
  }

  /** Whether there is an idle connection with this key. */
  has(key: string): boolean {
    return this.byKey.has(key);
  }

  /** Takes over an idle connection. @returns false if the caller has to keep or close it */
  offer(connection: UpstreamConnection, terms: ShareTerms): boolean {
    if (this.closed || terms.idleSeconds <= 0) return false;
    const { key, place, idleSeconds } = terms;
    const expires = performance.now() + idleSeconds * 1000;
    const entry: Entry = { key, place, idleSeconds, connection, expires, settled: false };
    const discard = (): void => {
      if (this.remove(entry)) connection.close();
    };
    connection.onUnusable = discard;
    this.idle.set(connection, entry);
    const same = this.byKey.get(key);
    if (same) same.push(entry);
    else this.byKey.set(key, [entry]);
    this.places.set(place, (this.places.get(place) ?? 0) + 1);
    if (this.idle.size === 1) this.deadline.set(SWEEP_SECONDS);
    if (same && same.length > MAX_PER_KEY) this.close(same[0]!);
    if (this.idle.size > MAX_IDLE) this.close(this.idle.values().next().value!);
    if (this.settling.length === 0) setImmediate(this.settle);
    this.settling.push(entry);
    return true;
  }

  /** Takes back a connection for its last client. @returns false if it is no longer idle */
  reclaim(connection: UpstreamConnection): boolean {
    const entry = this.idle.get(connection);
    return entry !== undefined && this.use(entry);
  }

  /** Takes the most recently used connection with this key. */
  take(key: string): UpstreamConnection | undefined {
    const same = this.byKey.get(key) ?? [];
    for (let at = same.length - 1; at >= 0; at--) {
      const entry = same[at]!;
      if (entry.settled && this.use(entry)) return entry.connection;
    }
    return undefined;
  }

  /** Closes all idle connections, and accepts no more. */
  stop(): void {
    this.closed = true;
    for (const entry of [...this.idle.values()]) this.close(entry);
    this.deadline.dispose();
  }

  /** Removes a connection from the idle ones. @returns false if it is unusable; then it is closed */
  private use(entry: Entry): boolean {
    this.remove(entry);
    const { connection } = entry;
    connection.onUnusable = ignore;
    if (entry.expires > performance.now() && connection.canTake()) return true;
    connection.close();
    return false;
  }

  private close(entry: Entry): void {
    if (!this.remove(entry)) return;
    entry.connection.onUnusable = ignore;
    entry.connection.close();
  }

  private remove(entry: Entry): boolean {
    const { connection, key, place } = entry;
    if (this.idle.get(connection) !== entry) return false;
    this.idle.delete(connection);
    const same = this.byKey.get(key)!;
    same.splice(same.indexOf(entry), 1);
    if (same.length === 0) this.byKey.delete(key);
    const count = this.places.get(place)! - 1;
    if (count === 0) this.places.delete(place);
    else this.places.set(place, count);
    if (this.idle.size === 0) this.deadline.clear();
    return true;
  }

  /**
   * All sockets are read before the second `setImmediate`. By then, bytes after a response have made the connection unusable.
   */
  private readonly settle = (): void => {
    const entries = this.settling;
    this.settling = [];
    setImmediate(() => {
      for (const entry of entries) entry.settled = true;
    });
  };

  private sweep(): void {
    const now = performance.now();
    for (const entry of [...this.idle.values()]) if (entry.expires <= now) this.close(entry);
    if (this.idle.size > 0) this.deadline.set(SWEEP_SECONDS);
  }
}

function ignore(): void {}
