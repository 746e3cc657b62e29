import type { ConnectTunnel } from './outcome.js';

/** An HTTP session with one client, in any version. */
export interface ClientSession {
  /** Serves requests until the connection ends. @returns the tunnel of an accepted CONNECT */
  run(): Promise<ConnectTunnel | undefined>;
  /** True while no exchange is in progress. */
  readonly idle: boolean;
  /** Exchanges begun so far. */
  readonly served: number;
  /** Ends an idle connection once pending writes are sent. @returns false if there are none */
  close(): boolean;
  /** Ends the flows in progress with an error. */
  interrupt(): void;
}
