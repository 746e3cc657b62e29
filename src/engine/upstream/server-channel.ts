import type { Socket } from 'node:net';
import type { Clock } from '../../flow/clock.js';
import type { ServerConnection } from '../../flow/connection.js';
import { SocketChannel } from '../net/channel.js';

/** An open connection to a server. */
export class ServerChannel extends SocketChannel {
  /**
   * Whether the connection was opened without changes by addons, and without a client certificate, so that it may serve other
   * clients.
   */
  isShareable = false;

  /** @param forwarder set if the other end is a proxy that forwards requests to the server */
  constructor(
    stream: Socket,
    socket: Socket,
    readonly connection: ServerConnection,
    readonly clock: Clock,
    readonly forwarder?: ForwardingProxy,
  ) {
    super(stream, socket);
  }
}

/** A proxy that accepts requests in absolute form (RFC 9112 section 3.2.2). */
export interface ForwardingProxy {
  /** The `Proxy-Authorization` value for it. */
  readonly authorization: string | undefined;
}
