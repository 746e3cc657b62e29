import type { Server } from 'node:net';
import type { ClientContext } from '../../client/client-context.js';
import type { SocketChannel } from '../../net/channel.js';
import type { UpstreamProxy } from '../../upstream/dial/upstream-proxy.js';
import type { Route } from '../../upstream/route.js';

/** A way in: what a listener makes of the connections that it accepts. One for each listener. */
export interface Mode {
  /** The proxy through which the servers of its clients are reached, if there is one. */
  readonly upstreamProxy?: UpstreamProxy | undefined;
  /**
   * Makes its listener ready when that is open.
   * @returns remarks for the log, in words that go on behind the name of the listener
   */
  prepare?(listener: Server): string[];
  /**
   * Takes a client in, up to the point where it is known where its connection leads. What it reads for that is consumed,
   * what follows is still to be read. Whatever is thrown closes the connection: a ClientGoneError silently, anything
   * else as an internal error.
   */
  resolveTarget(context: ClientContext, channel: SocketChannel): ConnectionTarget | Promise<ConnectionTarget>;
}

/** Where a connection leads. */
export type ConnectionTarget =
  /** The client knows that we are a proxy: its requests say it. */
  | { kind: 'explicit' }
  /** To one destination, whatever its requests say. What is spoken is found out by looking. */
  | { kind: 'routed'; route: Route }
  /** Nowhere: it is over, and was reported. */
  | { kind: 'ended' };
