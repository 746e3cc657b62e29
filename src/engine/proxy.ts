import { createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Address } from '../flow/connection.js';
import type { Dispatcher } from '../flow/dispatcher.js';
import type { Log } from '../flow/log.js';
import type { SpoolPolicy } from '../flow/spool.js';
import { ClientHandler } from './client-handler.js';
import { Deadlines } from './deadlines.js';
import { ListenError, socketErrorText } from './errors.js';
import { type ModeSpec, parseModeSpec } from './mode-spec.js';
import type { EngineOptions } from './options.js';
import { Turn } from './outlet.js';
import type { Services } from './services.js';
import type { Authority } from './tls/authority.js';
import type { KeyLog } from './tls/key-log.js';
import { createTlsServices } from './tls/tls-services.js';

export interface EngineServices {
  hooks: Dispatcher;
  log: Log;
  spool: SpoolPolicy;
  /** Of tsdump, for the pages it sends. */
  version: string;
  /** Signs the certificates that clients are shown. */
  authority: Authority;
  /** Where TLS secrets are written to, if they are. */
  keyLog: KeyLog | undefined;
  /** What is recorded would no longer be what was sent; the program should stop. */
  onFatal: (error: Error) => void;
}

/** Connections that wait to be accepted; with Node's 511 a burst of clients loses some without a word. */
const BACKLOG = 4096;

/** The proxy: listens, and serves clients until it is stopped. */
export class ProxyEngine {
  private readonly servers: Server[] = [];
  private readonly clients = new Set<ClientHandler>();
  private readonly services: Services;
  private listening: Address[] = [];
  private stopped: Promise<void> | undefined;
  private allGone: () => void = () => {};

  /** @throws TlsOptionError */
  constructor(
    private readonly options: EngineOptions,
    services: EngineServices,
  ) {
    this.services = {
      ...services,
      options,
      deadlines: new Deadlines(),
      turn: new Turn(),
      tls: createTlsServices(options, services.authority, services.keyLog),
      isOwnListener: (address) => this.isOwnListener(address),
    };
  }

  /**
   * Opens the listeners of all modes.
   * @returns their addresses, with the real ports
   * @throws ListenError if one cannot be opened, ModeSpecError if a spec is wrong
   */
  async start(): Promise<Address[]> {
    const specs = this.options.mode.map((text) => parseModeSpec(text));
    try {
      for (const spec of specs) this.listening.push(await this.listen(spec));
    } catch (error) {
      for (const server of this.servers) server.close();
      throw error;
    }
    return this.listening;
  }

  /** Stops listening, lets exchanges in progress finish for so many milliseconds, ends the rest as `interrupted`. */
  async stop(graceMs: number): Promise<void> {
    for (const server of this.servers.splice(0)) server.close();
    this.stopped ??= new Promise<void>((resolve) => {
      this.allGone = resolve;
    });
    if (this.clients.size === 0) this.allGone();
    for (const client of this.clients) client.close();
    const timer = setTimeout(() => this.abort(), graceMs);
    await this.stopped;
    clearTimeout(timer);
  }

  /** Ends all that lives at once, as `interrupted`; `stop` then resolves as soon as the flows are done. */
  abort(): void {
    for (const client of this.clients) client.interrupt();
  }

  private async listen(spec: ModeSpec): Promise<Address> {
    const host = spec.listenHost ?? this.options.listenHost;
    const port = spec.listenPort ?? this.options.listenPort;
    const server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      pauseOnConnect: false,
    });
    server.on('connection', (socket) => this.accept(socket, spec.text));
    await new Promise<void>((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException): void => {
        const hint = error.code === 'EADDRINUSE' ? ` Choose another with --listen-port, or 0 for a free one.` : '';
        const where = `${host || '*'}:${port}`;
        reject(new ListenError(`${spec.description} failed to listen on ${where}: ${listenErrorText(error)}.${hint}`));
      };
      server.once('error', failed);
      server.listen({ host: host || undefined, port, backlog: BACKLOG }, () => {
        server.off('error', failed);
        // Running out of descriptors must not end the program; the next accept may work again.
        server.on('error', (error) => this.services.log.error(`Cannot accept: ${socketErrorText(error)}`));
        resolve();
      });
    });
    this.servers.push(server);
    const address = server.address();
    if (address === null || typeof address === 'string') throw new ListenError('The listener has no address.');
    return [host ? address.address : '', address.port];
  }

  private accept(socket: Socket, mode: string): void {
    const client = new ClientHandler(this.services, socket, mode);
    this.clients.add(client);
    client.run().finally(() => {
      this.clients.delete(client);
      if (this.clients.size === 0) this.allGone();
    });
  }

  private isOwnListener([host, port]: Address): boolean {
    return this.listening.some(([own, ownPort]) => ownPort === port && this.reaches(host, own));
  }

  /** Whether connecting to a host reaches a listener on this address of ours. */
  private reaches(host: string, own: string): boolean {
    const plain = host.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
    if (plain === own) return true;
    const ownIsLoopback = isLoopback(own);
    const everywhere = own === '' || own === '::' || own === '0.0.0.0';
    if (plain === 'localhost') return ownIsLoopback || everywhere;
    if (!everywhere) return false;
    if (isLoopback(plain) || plain === '0.0.0.0' || plain === '::') return true;
    return Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === plain));
  }
}

function isLoopback(host: string): boolean {
  return host === '::1' || /^127\./.test(host);
}

function listenErrorText(error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE') return 'the address is in use';
  if (error.code === 'EACCES') return 'permission denied';
  return socketErrorText(error);
}
