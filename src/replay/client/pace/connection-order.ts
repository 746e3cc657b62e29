/** A request that was sent or waits, as far as others of its connection have to wait for it. */
interface Earlier {
  /** When its recorded response had ended, in seconds. */
  readonly ended: number;
  readonly done: Promise<void>;
}

/**
 * The order within recorded client connections: a request waits for those of its connection whose response had ended
 * before it began. So a login precedes what needs it, and requests that ran side by side still do.
 */
export class ConnectionOrder {
  private readonly connections = new Map<string, Set<Earlier>>();

  /** @returns the requests to wait for; undefined if there are none */
  before(connection: string, began: number): undefined | Promise<unknown> {
    const earlier = this.connections.get(connection);
    if (!earlier) return undefined;
    const awaited = [...earlier].filter(({ ended }) => ended <= began).map(({ done }) => done);
    return awaited.length > 0 ? Promise.all(awaited) : undefined;
  }

  /** Adds a request until it is done. @param ended undefined if it never ended: nothing waits for it then */
  add(connection: string, ended: number | undefined, done: Promise<void>): void {
    if (ended === undefined) return;
    const earlier = this.connections.get(connection) ?? new Set();
    this.connections.set(connection, earlier);
    const entry: Earlier = { ended, done };
    earlier.add(entry);
    void done.then(() => {
      earlier.delete(entry);
      if (earlier.size === 0 && this.connections.get(connection) === earlier) this.connections.delete(connection);
    });
  }
}
