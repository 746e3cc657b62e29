/** A request that was sent or waits, as far as others of its connection have to wait for it. */
interface Earlier {
  /** When it began in the recording, and when its response had ended, in seconds. */
  readonly began: number;
  readonly ended: number;
  readonly done: Promise<void>;
}

/**
 * The order within recorded client connections: a request waits for those of its connection whose response had ended
 * before it began. So a login precedes what needs it, and requests that ran side by side still do.
 */
export class ConnectionOrder {
  /** For each connection its requests that are not done, in the order in which they began. */
  private readonly connections = new Map<string, Earlier[]>();

  /** @returns the requests to wait for; undefined if there are none */
  before(connection: string, began: number): undefined | Promise<unknown> {
    const earlier = this.connections.get(connection);
    if (!earlier) return undefined;
    const awaited: Promise<void>[] = [];
    /** The latest start of those to wait for: they themselves wait for what had ended before it. */
    let latest = Number.NEGATIVE_INFINITY;
    for (let at = earlier.length - 1; at >= 0; at--) {
      const each = earlier[at]!;
      if (each.ended > began || each.ended <= latest) continue;
      latest = Math.max(latest, each.began);
      awaited.push(each.done);
    }
    return awaited.length > 1 ? Promise.all(awaited) : awaited[0];
  }

  /** Adds a request until it is done. @param ended undefined if it never ended: nothing waits for it then */
  add(connection: string, began: number, ended: number | undefined, done: Promise<void>): void {
    if (ended === undefined) return;
    const earlier = this.connections.get(connection) ?? [];
    if (earlier.length === 0) this.connections.set(connection, earlier);
    const entry: Earlier = { began, ended, done };
    earlier.push(entry);
    void done.then(() => {
      earlier.splice(earlier.indexOf(entry), 1);
      if (earlier.length === 0) this.connections.delete(connection);
    });
  }
}
