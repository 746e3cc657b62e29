import { BoundedMap } from '../../../flow/bounded-map.js';
import type { ClientConnection } from '../../../flow/connection.js';
import { hostKey } from '../../../flow/text/host-name.js';

/** Where a client wanted to go when it did not accept our certificate. */
export interface TlsTarget {
  host: string;
  port: number;
}

/** Clients and hosts that are remembered; those that were not heard of for longest go first. */
const CAPACITY = 1000;
/** So many connections in a row that end without a word count as a rejection: one alone may have other reasons. */
const SILENT = 2;
/**
 * Milliseconds after a handshake within which a close without a word is about the certificate. Browsers open connections
 * ahead and close those that they did not need, but only later.
 */
const AT_ONCE = 1000;

/** A connection whose handshake is over, until it ends. */
export interface OpenConnection {
  /** The client has ended its side. */
  clientEnded(): void;
  /** @returns whether it counts as a rejection that the client closed it without a word */
  closedSilently(): boolean;
  /** It came to something. */
  used(): void;
  /** It is over, whatever became of it. */
  ended(): void;
}

/** What is known of a client and a host. */
interface Known {
  /** DistrustCache in a row. */
  count: number;
  /** When the client last showed that it accepts our certificate. */
  acceptedAt: number;
  /** Connections that are open. Each tells whether the client has said something on it. */
  readonly open: Set<() => boolean>;
}

/** Which hosts which clients do not let us intercept. */
export class DistrustCache {
  private readonly known = new BoundedMap<string, Known>(CAPACITY);

  /** @param now milliseconds of a monotonic clock */
  constructor(private readonly now: () => number = () => performance.now()) {}

  get size(): number {
    return this.known.size;
  }

  /**
   * A client did not go along with a handshake.
   * @param said whether it said that it is the certificate; else it just closed the connection
   */
  note(client: ClientConnection, target: TlsTarget, said: boolean): void {
    const known = this.touch(client, target);
    if (said) known.count = SILENT;
    else if (!isAccepting(known)) known.count++;
  }

  /** A client went along with a handshake. @param spoke whether it has said anything since */
  opened(client: ClientConnection, target: TlsTarget, spoke: () => boolean): OpenConnection {
    const openedAt = this.now();
    let endedAt: number | undefined;
    const known = this.touch(client, target);
    known.open.add(spoke);
    return {
      clientEnded: () => {
        endedAt ??= this.now();
      },
      closedSilently: () => {
        const isOld = (endedAt ?? this.now()) - openedAt > AT_ONCE;
        // It may have been one of several that the client opened at a time, and the one that it did not need.
        if (isOld || known.acceptedAt >= openedAt || isAccepting(known)) return false;
        known.count++;
        this.touch(client, target, known);
        return true;
      },
      used: () => {
        known.count = 0;
        known.acceptedAt = this.now();
      },
      ended: () => void known.open.delete(spoke),
    };
  }

  /** Whether the client is known not to accept our certificate for this host. */
  has(client: ClientConnection, target: TlsTarget): boolean {
    const known = this.known.get(keyOf(client, target));
    if (known === undefined || known.count < SILENT) return false;
    this.touch(client, target);
    return true;
  }

  /** Makes it the one that was heard of last. */
  private touch(client: ClientConnection, target: TlsTarget, known?: Known): Known {
    const key = keyOf(client, target);
    const entry = known ?? this.known.get(key) ?? { count: 0, acceptedAt: Number.NEGATIVE_INFINITY, open: new Set() };
    this.known.set(key, entry);
    return entry;
  }
}

/** Whether the client uses a connection at this moment. */
function isAccepting({ open }: Known): boolean {
  for (const spoke of open) if (spoke()) return true;
  return false;
}

function keyOf(client: ClientConnection, { host, port }: TlsTarget): string {
  return `${client.peer?.[0]} ${hostKey(host)}:${port}`;
}
