import type { ConnectTunnel } from './outcome.js';

/** HTTP with one client, in whatever version. */
export interface ClientSession {
  /** Serves requests until the connection ends. @returns how it goes on after a CONNECT that was accepted */
  run(): Promise<ConnectTunnel | undefined>;
  /** True while no exchange is going on. */
  readonly idle: boolean;
  /** Exchanges begun so far. */
  readonly served: number;
  /** Ends an idle connection when all that was written is out. @returns false if nothing is on its way */
  close(): boolean;
  /** Ends the flows in progress with an error. */
  interrupt(): void;
}
