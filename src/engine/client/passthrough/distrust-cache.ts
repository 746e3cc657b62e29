import { BoundedMap } from '../../../flow/bounded-map.js';
import type { ClientConnection } from '../../../flow/connection.js';
import { hostKey } from '../../../flow/text/host-name.js';
import { TransientSet } from '../../../flow/transient-set.js';

/** The destination of a client that did not accept our certificate. */
export interface TlsTarget {
  host: string;
  port: number;
}

/** Maximum number of client and host pairs; the least recently touched one is dropped first. */
const CAPACITY = 1000;
/** This many silent closes in a row are taken as a rejection; a single one may have other reasons. */
const SILENT = 2;
/**
 * A silent close within this many milliseconds after the handshake is attributed to the certificate. Browsers also open
 * spare connections and close them unused, but only later.
 */
const AT_ONCE = 1000;

/** An open connection after its handshake. */
export interface OpenConnection {
  /** The client has ended its side. */
  clientEnded(): void;
  /** The client closed it without sending data. @returns whether that is taken as a rejection */
  closedSilently(): boolean;
  /** The connection was used, so the client accepts our certificate. */
  used(): void;
  /** The connection ended, for any reason. */
  ended(): void;
}

/** State of one client and host. */
interface Known {
  /** Rejections in a row. */
  count: number;
  /** When the client last showed that it accepts our certificate. */
  acceptedAt: number;
  /** Open connections; each function returns whether the client has sent data. */
  readonly open: TransientSet<() => boolean>;
}

/** Remembers which clients reject our certificate for which hosts. */
export class DistrustCache {
  private readonly known = new BoundedMap<string, Known>(CAPACITY);

  /** @param now milliseconds of a monotonic clock */
  constructor(private readonly now: () => number = () => performance.now()) {}

  get size(): number {
    return this.known.size;
  }

  /**
   * A client aborted a handshake.
   * @param blamed whether its alert named the certificate; otherwise it just closed the connection
   * @param age of the connection in milliseconds
   * @returns whether that is taken as a rejection
   */
  note(client: ClientConnection, target: TlsTarget, blamed: boolean, age: number): boolean {
    const known = this.touch(client, target);
    if (blamed) known.count = SILENT;
    else if (isAcceptedSince(this.now() - age, known)) return false;
    else known.count++;
    return true;
  }

  /**
   * A client completed a handshake.
   * @param age of the connection in milliseconds
   * @param spoke returns whether it has sent data since
   */
  opened(client: ClientConnection, target: TlsTarget, age: number, spoke: () => boolean): OpenConnection {
    const openedAt = this.now();
    const connectedAt = openedAt - age;
    let endedAt: number | undefined;
    const known = this.touch(client, target);
    known.open.add(spoke);
    return {
      clientEnded: () => {
        endedAt ??= this.now();
      },
      closedSilently: () => {
        const isOld = (endedAt ?? this.now()) - openedAt > AT_ONCE;
        if (isOld || isAcceptedSince(connectedAt, known)) return false;
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

  /** Whether the client is known to reject our certificate for this host. */
  has(client: ClientConnection, target: TlsTarget): boolean {
    const known = this.known.get(keyOf(client, target));
    if (known === undefined || known.count < SILENT) return false;
    this.touch(client, target);
    return true;
  }

  /** Marks it as the most recently used. */
  private touch(client: ClientConnection, target: TlsTarget, known?: Known): Known {
    const key = keyOf(client, target);
    const entry = known ??
      this.known.get(key) ?? { count: 0, acceptedAt: Number.NEGATIVE_INFINITY, open: new TransientSet() };
    this.known.set(key, entry);
    return entry;
  }
}

/**
 * Whether the client has used another connection since it made this one, so that it may not have needed this one. Go's
 * transport dials for each request and serves it by whichever connection is free first.
 */
function isAcceptedSince(connectedAt: number, { acceptedAt, open }: Known): boolean {
  if (acceptedAt >= connectedAt) return true;
  for (const spoke of open) if (spoke()) return true;
  return false;
}

function keyOf(client: ClientConnection, { host, port }: TlsTarget): string {
  return `${client.peer?.[0]} ${hostKey(host)}:${port}`;
}
