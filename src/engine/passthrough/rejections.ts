import type { ClientConnection } from '../../flow/connection.js';
import { hostKey } from '../../flow/host-name.js';

/** Where a client wanted to go when it did not accept our certificate. */
export interface TlsTarget {
  host: string;
  port: number;
}

/** Clients and hosts that are remembered; those that were not heard of for longest go first. */
const CAPACITY = 1000;
/** So many connections in a row that end without a word count as a rejection: one alone may have other reasons. */
const SILENT = 2;

/** Which hosts which clients do not let us intercept. */
export class Rejections {
  /** Connections in a row that did not come to anything. */
  private readonly counts = new Map<string, number>();

  get size(): number {
    return this.counts.size;
  }

  /** @param said whether the client said that it is the certificate; else it just closed the connection */
  note(client: ClientConnection, target: TlsTarget, said: boolean): void {
    const key = keyOf(client, target);
    const count = said ? SILENT : (this.counts.get(key) ?? 0) + 1;
    this.counts.delete(key);
    this.counts.set(key, count);
    if (this.counts.size > CAPACITY) this.counts.delete(this.counts.keys().next().value!);
  }

  /** The client accepted our certificate after all. */
  forget(client: ClientConnection, target: TlsTarget): void {
    this.counts.delete(keyOf(client, target));
  }

  /** Whether the client is known not to accept our certificate for this host. */
  has(client: ClientConnection, target: TlsTarget): boolean {
    const key = keyOf(client, target);
    const count = this.counts.get(key);
    if (count === undefined || count < SILENT) return false;
    this.counts.delete(key);
    this.counts.set(key, count);
    return true;
  }
}

function keyOf(client: ClientConnection, { host, port }: TlsTarget): string {
  return `${client.peer?.[0]} ${hostKey(host)}:${port}`;
}
