import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { Test } from 'tap';

/** A request as the server saw it. */
export interface Received {
  method: string;
  /** The target of the request line. */
  target: string;
  version: string;
  /** `Name: value`, as sent. */
  headers: string[];
  trailers: string[];
  body: Buffer;
}

export type Handler = (received: Received, response: ServerResponse) => void;

export interface OriginOptions {
  host?: string;
  /** Makes it an https server. */
  tls?: TlsOptions;
}

/** A web server of the test, on a free port until the end of the test. */
export class Origin {
  readonly received: Received[] = [];
  /** Connections accepted so far. */
  connections = 0;

  private constructor(
    readonly server: Server,
    readonly host: string,
    private readonly scheme: string,
  ) {}

  static async start(t: Test, handler: Handler, { host = '127.0.0.1', tls }: OriginOptions = {}): Promise<Origin> {
    const server = tls ? createTlsServer(tls) : createServer();
    const origin = new Origin(server, host.includes(':') ? `[${host}]` : host, tls ? 'https' : 'http');
    server.on('connection', (socket) => {
      origin.connections++;
      socket.on('error', () => {});
    });
    server.on('tlsClientError', () => {});
    server.on('request', async (request, response) => {
      const received = await receive(request).catch(() => undefined);
      if (!received) return;
      origin.received.push(received);
      handler(received, response);
    });
    server.listen(0, host);
    await once(server, 'listening');
    t.teardown(() => {
      server.close();
      server.closeAllConnections();
    });
    return origin;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** `127.0.0.1:PORT` */
  get authority(): string {
    return `${this.host}:${this.port}`;
  }

  url(path: string, host = this.host): string {
    return `${this.scheme}://${host}:${this.port}${path}`;
  }
}

/** Answers each request with its method, its target and the size of its body. */
export function mirror({ method, target, body }: Received, response: ServerResponse): void {
  response.end(`${method} ${target} ${body.length}\n`);
}

async function receive(request: IncomingMessage): Promise<Received> {
  const body: Buffer[] = [];
  for await (const chunk of request) body.push(chunk);
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    version: request.httpVersion,
    headers: fields(request.rawHeaders),
    trailers: fields(request.rawTrailers),
    body: Buffer.concat(body),
  };
}

function fields(raw: readonly string[]): string[] {
  return Array.from({ length: raw.length / 2 }, (_, at) => `${raw[2 * at]}: ${raw[2 * at + 1]}`);
}
