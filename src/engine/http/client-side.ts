import type { Flow } from '../../flow/flow.js';
import type { ClientContext } from '../client/client-context.js';
import type { UpstreamPool } from '../upstream/pool.js';
import type { Route } from '../upstream/route.js';

/** What the exchanges of one client connection share. */
export class ClientSide {
  /** @param route where the connection leads, if that is known; an explicit proxy has none */
  constructor(
    readonly context: ClientContext,
    readonly pool: UpstreamPool,
    readonly route: Route | undefined,
  ) {}

  /** An error in our own code ends this connection only. */
  logInternal(error: unknown, flow?: Flow): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.context.services.log.error(`Internal error${flow ? ` in flow ${flow.id}` : ''}: ${text}`, this.context.client);
  }

  dispose(): void {
    this.pool.close();
  }
}
