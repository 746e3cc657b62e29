import type { HttpRequest } from '../../flow/http/http-request.js';
import type { Exchange } from './exchange.js';
import type { ConnectTunnel, Outcome } from './outcome.js';
import type { IncomingRequest } from './wire.js';

/** An HTTP session with one client, in any version. */
export interface ClientSession {
  /** Serves requests until the connection ends. @returns the tunnel of an accepted CONNECT */
  run(): Promise<ConnectTunnel | undefined>;
  /** True while no exchange is in progress. */
  readonly idle: boolean;
  /** Exchanges begun so far. */
  readonly served: number;
  /** Ends an idle connection once pending writes are sent. @returns false if no writes are pending */
  close(): boolean;
  /** Ends the flows in progress with an error. */
  interrupt(): void;
}

/** A request whose `Upgrade: h2c` was accepted. */
export interface SwitchedRequest {
  readonly request: HttpRequest;
  /** The method as received. */
  readonly method: string;
  /** The client's settings: the payload of a SETTINGS frame. */
  readonly settings: Buffer;
  /** Bytes received after the request. */
  readonly rest: Buffer;
}

/** A session that continues a connection in HTTP/2. */
export interface SwitchedSession extends ClientSession {
  /** Begins to serve the connection. @returns the request as stream 1 */
  begin(request: SwitchedRequest, exchange: Exchange): IncomingRequest;
  /** The exchange of stream 1 has ended. Resolves at the end of the connection. */
  finish(outcome: Outcome): Promise<void>;
}
