import type { Socket } from 'node:net';
import { Clock } from '../../flow/clock.js';
import { ClientConnection } from '../../flow/connection.js';
import { ClientGoneError } from '../errors.js';
import type { ConnectionTarget, Mode } from '../listen/modes/mode.js';
import { SocketChannel } from '../net/channel.js';
import { LeaveController, type LeaveSignal } from '../net/leave-signal.js';
import type { Services } from '../services.js';
import type { UpstreamProxy } from '../upstream/dial/upstream-proxy.js';
import { Authentication } from './authentication.js';
import type { ClientContext } from './client-context.js';
import { ClientLayers } from './client-layers.js';
import { serveExplicit, serveRoute } from './serve-route.js';

/** One client connection from accept to close. Its protocol is detected layer by layer. */
export class ClientHandler implements ClientContext {
  readonly client = new ClientConnection();
  readonly isReplay = false;
  readonly clock = new Clock();
  readonly authentication: Authentication;
  closing = false;
  interrupted = false;
  private readonly layers: ClientLayers;
  private readonly left = new LeaveController();

  constructor(
    readonly services: Services,
    private readonly socket: Socket,
    private readonly mode: Mode,
    modeText: string,
  ) {
    this.authentication = new Authentication(this);
    this.layers = new ClientLayers(this);
    // Errors are handled through `close`.
    socket.on('error', () => {});
    socket.once('close', () => this.left.abort());
    this.client.mode = modeText;
    this.client.timestampStart = this.clock.start;
    this.client.peer = [socket.remoteAddress ?? '', socket.remotePort ?? 0];
    this.client.local = [socket.localAddress ?? '', socket.localPort ?? 0];
  }

  /** Serves the connection until it ends. It never throws. */
  async run(): Promise<void> {
    const { services, client, socket } = this;
    const { hooks, log, connectionLevel } = services;
    try {
      log[connectionLevel]('client connect', client);
      await hooks.emit('clientConnected', client);
      if (client.error) {
        log.warn(client.error, client);
        socket.destroy();
      } else await this.serve(new SocketChannel(socket));
    } catch (error) {
      log.error(`Internal error: ${error instanceof Error ? error.stack : error}`, client);
      socket.destroy();
    }
    client.timestampEnd = this.clock.now();
    log[connectionLevel]('client disconnect', client);
    await hooks.emit('clientDisconnected', client);
  }

  /**
   * Begins no further exchange; closes the connection if no exchange is in progress.
   * @returns whether one is in progress
   */
  close(): boolean {
    this.closing = true;
    const { layers, socket } = this;
    const { session } = layers;
    if (!layers.waiting && !session?.idle) return true;
    if (!session?.close()) socket.destroy();
    return false;
  }

  /** Ends live flows with the error `interrupted`. */
  interrupt(): void {
    this.closing = true;
    this.interrupted = true;
    this.layers.session?.interrupt();
    this.left.abort();
    this.socket.destroy();
  }

  get signal(): LeaveSignal {
    return this.left;
  }

  get upstreamProxy(): UpstreamProxy | undefined {
    return this.mode.upstreamProxy ?? this.services.upstreamProxy;
  }

  private async serve(channel: SocketChannel): Promise<void> {
    const { layers } = this;
    layers.waiting = true;
    let target: ConnectionTarget;
    try {
      target = await this.mode.resolveTarget(this, channel);
    } catch (error) {
      if (!(error instanceof ClientGoneError)) throw error;
      channel.destroy();
      return;
    }
    layers.waiting = false;
    if (target.kind === 'explicit') await serveExplicit(layers, channel);
    else if (target.kind === 'routed') await serveRoute(layers, channel, target.route);
  }
}
