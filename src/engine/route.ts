import type { ServerConnection } from '../flow/connection.js';
import type { ServerChannel } from './server-channel.js';

/** Where a connection leads when its requests do not say: the target of a CONNECT, of a redirection. */
export interface Destination {
  scheme: string;
  host: string;
  port: number;
}

/** A destination and the way to it. */
export interface Route extends Destination {
  /** A connection to it that is open already, for the first request. */
  ready: ServerChannel | undefined;
  /** Opens a connection to it. @throws UpstreamError, ProtocolError */
  open(server: ServerConnection): Promise<ServerChannel>;
  /** Set if the listener leads there whatever its clients ask for. */
  readonly fixed?: FixedServer;
}

/** The one server of a listener, and how it is spoken with. */
export interface FixedServer {
  readonly protocol: 'http' | 'https' | 'tcp' | 'tls';
  /** What its requests have as `Host`; undefined leaves it, and the name for TLS, as the client sent them. */
  readonly hostHeader: string | undefined;
  /** `Authorization` of all its requests. */
  readonly authorization: string | undefined;
}

/** Whether HTTP is spoken with the server. */
export function isHttpServer({ protocol }: FixedServer): boolean {
  return protocol === 'http' || protocol === 'https';
}

/** Whether TLS is spoken with the server. */
export function isTlsServer({ protocol }: FixedServer): boolean {
  return protocol === 'https' || protocol === 'tls';
}
