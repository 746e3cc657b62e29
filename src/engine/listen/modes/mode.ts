import type { Server } from 'node:net';
import type { ClientContext } from '../../client/client-context.js';
import type { SocketChannel } from '../../net/channel.js';
import type { UpstreamProxy } from '../../upstream/dial/upstream-proxy.js';
import type { Route } from '../../upstream/route.js';

/** A proxy mode: how a listener finds a connection's destination. Each listener has its own. */
export interface Mode {
  /** The upstream proxy for its clients' servers, if any. */
  readonly upstreamProxy?: UpstreamProxy | undefined;
  /**
   * Prepares its open listener.
   * @returns remarks for the log, to print after the listener's description
   */
  prepare?(listener: Server): string[];
  /**
   * Finds the destination of a client's connection. Bytes read for that are consumed; later ones remain unread. An
   * error closes the connection: a ClientGoneError silently, any other as an internal error.
   */
  resolveTarget(context: ClientContext, channel: SocketChannel): ConnectionTarget | Promise<ConnectionTarget>;
}

/** The destination of a connection. */
export type ConnectionTarget =
  /** A client of an explicit proxy: its requests name their destinations. */
  | { kind: 'explicit' }
  /** One destination, regardless of the requests. The protocol is detected from the first bytes. */
  | { kind: 'routed'; route: Route }
  /** No destination: the connection has ended, and the reason was logged. */
  | { kind: 'ended' };
