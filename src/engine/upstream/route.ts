import type { ServerConnection } from '../../flow/connection.js';
import type { ServerChannel } from './server-channel.js';

/** Where a connection leads when its requests do not say: the target of a CONNECT, of a redirection. */
export interface Destination {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
}

/** What a route may have beside its destination. */
export interface RouteParts {
  /** A connection that is open already. The route owns it until it is taken. */
  ready?: ServerChannel | undefined;
  /** Set if the listener leads there whatever its clients ask for. */
  fixed?: FixedServer | undefined;
}

/** A destination and the way to it, with a connection that may be open already. */
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

  /** The connection that is open already, to look at; it stays the route's. */
  get open(): ServerChannel | undefined {
    return this.ready;
  }

  /** Takes over the connection that is open already. */
  takeReady(): ServerChannel | undefined {
    const { ready } = this;
    this.ready = undefined;
    return ready;
  }

  /** Closes the connection that nobody took. */
  dispose(): void {
    this.takeReady()?.destroy();
  }
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
