/** The turn of a request: its position in the order of its connection. */
export interface Turn {
  /** Resolves when all predecessors have ended; undefined if there are no predecessors. */
  readonly ready: Promise<void> | undefined;
  /** Called when the request has ended. Further calls have no effect. */
  end(): void;
}

/** Maximum number of entries for idle connections. Most of these soon have a next request. */
const MAX_EMPTY = 1000;

/**
 * Keeps the order within recorded client connections. A request waits for earlier requests of its connection whose recorded
 * response ended before it began. So a login precedes the requests that depend on it, and requests that were concurrent stay
 * concurrent.
 */
export class ConnectionOrder {
  /** By connection: the requests that have not ended, in the order in which they began. The list may be empty. */
  private readonly connections = new Map<string, Entry[]>();
  private empty = 0;

  /**
   * Adds a request. Requests are added in the order in which they began. Times are in seconds.
   * @param ended end of the recorded response; undefined if it did not end, so that no request waits for it
   */
  add(connection: string, began: number, ended: number | undefined): Turn {
    let entries = this.connections.get(connection);
    const entry = new Entry(began, ended ?? Number.POSITIVE_INFINITY, () => this.leave(connection, entry));
    if (entries) this.addPredecessors(entry, entries);
    if (ended === undefined) return entry;
    if (!entries) {
      entries = [];
      this.connections.set(connection, entries);
    } else if (entries.length === 0) this.empty--;
    entries.push(entry);
    return entry;
  }

  private addPredecessors(entry: Entry, entries: readonly Entry[]): void {
    /** The latest start of a direct predecessor. Entries that ended before it are indirect predecessors. */
    let latest = Number.NEGATIVE_INFINITY;
    for (let at = entries.length - 1; at >= 0; at--) {
      const each = entries[at]!;
      if (each.ended > entry.began || each.ended <= latest) continue;
      latest = Math.max(latest, each.began);
      each.precede(entry);
    }
  }

  private leave(connection: string, entry: Entry): void {
    const entries = this.connections.get(connection);
    const at = entries ? entries.indexOf(entry) : -1;
    if (at < 0) return;
    entries!.splice(at, 1);
    if (entries!.length === 0 && ++this.empty > MAX_EMPTY) this.removeEmpty();
  }

  private removeEmpty(): void {
    for (const [connection, entries] of this.connections) if (entries.length === 0) this.connections.delete(connection);
    this.empty = 0;
  }
}

class Entry implements Turn {
  ready: Promise<void> | undefined;
  private predecessors = 0;
  private followers: Entry[] | undefined;
  private resolve: () => void = ignore;

  constructor(
    readonly began: number,
    readonly ended: number,
    private readonly onEnd: () => void,
  ) {}

  precede(follower: Entry): void {
    this.followers ??= [];
    this.followers.push(follower);
    follower.predecessors++;
    follower.ready ??= new Promise((resolve) => {
      follower.resolve = resolve;
    });
  }

  end(): void {
    this.onEnd();
    const { followers } = this;
    this.followers = undefined;
    for (const follower of followers ?? []) if (--follower.predecessors === 0) follower.resolve();
  }
}

function ignore(): void {}
