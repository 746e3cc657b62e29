import type { ServerConnection } from '../../flow/connection.js';
import type { ServerChannel } from './server-channel.js';

/** The destination of a connection whose requests do not name it: the target of a CONNECT or a redirection. */
export interface Destination {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
}

/** The optional parts of a route. */
export interface RouteParts {
  /** An open connection. The route owns it until it is taken. */
  ready?: ServerChannel | undefined;
  /** Set for the fixed server of a listener. */
  fixed?: FixedServer | undefined;
}

/** A destination and how to connect to it, with a connection that may be open already. */
export class Route implements Destination {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly fixed?: FixedServer | undefined;
  private ready: ServerChannel | undefined;

  /** @param connect opens a connection @throws UpstreamError, ProtocolError */
  constructor(
    { scheme, host, port }: Destination,
    readonly connect: (server: ServerConnection) => Promise<ServerChannel>,
    { ready, fixed }: RouteParts = {},
  ) {
    this.scheme = scheme;
    this.host = host;
    this.port = port;
    this.fixed = fixed;
    this.ready = ready;
  }

  /** The open connection, for inspection; the route still owns it. */
  get open(): ServerChannel | undefined {
    return this.ready;
  }

  /** Takes over the open connection. */
  takeReady(): ServerChannel | undefined {
    const { ready } = this;
    this.ready = undefined;
    return ready;
  }

  /** Closes the open connection if it was not taken. */
  dispose(): void {
    this.takeReady()?.destroy();
  }
}

/** The fixed server of a listener, and its protocol. */
export interface FixedServer {
  readonly protocol: 'http' | 'https' | 'tcp' | 'tls';
  /** The `Host` of its requests; undefined keeps it, and the SNI, as the client sent them. */
  readonly hostHeader: string | undefined;
  /** `Authorization` of all its requests. */
  readonly authorization: string | undefined;
}

/** Whether the server speaks HTTP. */
export function isHttpServer({ protocol }: FixedServer): boolean {
  return protocol === 'http' || protocol === 'https';
}

/** Whether the server speaks TLS. */
export function isTlsServer({ protocol }: FixedServer): boolean {
  return protocol === 'https' || protocol === 'tls';
}
