import type { Flow } from '../../flow/flow.js';
import type { ClientContext } from '../client/client-context.js';
import type { UpstreamPool } from '../upstream/pool.js';
import type { Route } from '../upstream/route.js';

/** Shared state of the exchanges of one client connection. */
export class ClientSide {
  /** @param route the connection's destination; undefined for an explicit proxy */
  constructor(
    readonly context: ClientContext,
    readonly pool: UpstreamPool,
    readonly route: Route | undefined,
  ) {}

  /** Logs an error in our own code; it ends this connection only. */
  logInternal(error: unknown, flow?: Flow): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.context.services.log.error(`Internal error${flow ? ` in flow ${flow.id}` : ''}: ${text}`, this.context.client);
  }

  dispose(): void {
    this.pool.close();
  }
}
