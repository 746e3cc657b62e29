import type { Socket } from 'node:net';
import { Clock } from '../flow/clock.js';
import { ClientConnection, ServerConnection } from '../flow/connection.js';
import type { Channel } from './channel.js';
import { type Handover, Http1Session } from './http1/session.js';
import { peek } from './peek.js';
import { connectServer } from './server-connection.js';
import type { ClientContext, Services } from './services.js';
import { serveTcp } from './tcp-flow.js';

/** With a lazy connection, seconds after which a silent client is taken to wait for the server to speak. */
const SILENCE = 1;

/** One client connection from accept to close: decides layer by layer what is spoken on it. */
export class ClientHandler implements ClientContext {
  readonly client = new ClientConnection();
  readonly clock = new Clock();
  closing = false;
  interrupted = false;
  private readonly channel: Channel;
  private session: Http1Session | undefined;

  constructor(
    readonly services: Services,
    socket: Socket,
    mode: string,
  ) {
    this.channel = { stream: socket, raw: socket };
    // Errors end in 'close', which everybody listens to.
    socket.on('error', () => {});
    this.client.mode = mode;
    this.client.timestampStart = this.clock.start;
    this.client.peer = [socket.remoteAddress ?? '', socket.remotePort ?? 0];
    this.client.local = [socket.localAddress ?? '', socket.localPort ?? 0];
  }

  /** Serves the connection until it ends. It never throws. */
  async run(): Promise<void> {
    const { services, client, channel } = this;
    const { hooks, log } = services;
    try {
      log.info('client connect', client);
      await hooks.emit('clientConnected', client);
      if (client.error) channel.raw.destroy();
      let handover = await this.serveHttp1(new Http1Session(this, channel));
      while (handover) handover = await this.tunnel(handover);
    } catch (error) {
      log.error(`Internal error: ${error instanceof Error ? error.stack : error}`, client);
      channel.stream.destroy();
      channel.raw.destroy();
    }
    client.timestampEnd = this.clock.now();
    log.info('client disconnect', client);
    await hooks.emit('clientDisconnected', client);
  }

  /** No further exchange is begun; a connection that has none in progress is closed. */
  close(): void {
    this.closing = true;
    if (this.session?.idle) this.channel.raw.destroy();
  }

  /** Ends what still lives, with the error `interrupted`. */
  interrupt(): void {
    this.closing = true;
    this.interrupted = true;
    this.session?.interrupt();
    this.channel.stream.destroy();
    this.channel.raw.destroy();
  }

  private async serveHttp1(session: Http1Session): Promise<Handover | undefined> {
    this.session = session;
    try {
      return await session.run();
    } finally {
      this.session = undefined;
    }
  }

  /** What an accepted CONNECT leads to: HTTP again, or anything else. */
  private async tunnel({ destination, server, rest }: Handover): Promise<Handover | undefined> {
    const { channel, services } = this;
    if (rest.length > 0) channel.stream.unshift(rest);
    const sight = await peek(
      channel.stream,
      server?.stream,
      services.deadlines.create(() => {}),
      server ? 0 : SILENCE,
    );
    if (sight === 'closed' || (this.closing && sight === 'silence')) {
      server?.raw.destroy();
      channel.raw.destroy();
      return undefined;
    }
    if (sight === 'http1') return this.serveHttp1(new Http1Session(this, channel, destination, server));
    const open = server ?? (await this.openServer(destination.host, destination.port));
    if (open) await serveTcp(this, channel, open);
    return undefined;
  }

  /** For a tunnel whose client was told that it works already: failing can only mean to close it. */
  private async openServer(host: string, port: number) {
    const server = new ServerConnection();
    server.address = [host, port];
    try {
      return await connectServer(this, server);
    } catch (error) {
      this.services.log.warn((error as Error).message, this.client);
      this.channel.raw.resetAndDestroy();
      return undefined;
    }
  }
}
