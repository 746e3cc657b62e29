import type { Socket } from 'node:net';
import type { SpoolPolicy } from '../flow/body/spool-policy.js';
import type { Address } from '../flow/connection.js';
import { FlowNotLiveError, type HttpFlow } from '../flow/flow.js';
import type { Dispatcher } from '../flow/hooks/dispatcher.js';
import type { Log } from '../flow/log.js';
import { TransientSet } from '../flow/transient-set.js';
import { ClientHandler } from './client/client-handler.js';
import { DistrustCache } from './client/passthrough/distrust-cache.js';
import { type HostRules, Passthrough } from './client/passthrough/passthrough.js';
import { LargeBodies } from './http/body/large-bodies.js';
import type { BoundSocket } from './listen/bound-socket.js';
import { type Listener, listen } from './listen/listener.js';
import { type ListenerSpec, listenerSpecs } from './listen/listener-spec.js';
import { createMode } from './listen/modes/index.js';
import type { Mode } from './listen/modes/mode.js';
import { FlushScheduler } from './net/buffered-writer.js';
import { Deadlines } from './net/deadlines.js';
import { DescriptorWatch } from './net/descriptor-watch.js';
import { prepareSocketOptions } from './net/socket-options.js';
import type { EngineOptions } from './options.js';
import { FlowReplayer, replayUpstreamProxy } from './replay/flow-replayer.js';
import { ReplayClient, type ReplayRoute } from './replay/replay-client.js';
import type { Services } from './services.js';
import type { Authority } from './tls/authority/authority.js';
import type { TlsSecrets } from './tls/authority/leaf-keys.js';
import type { KeyLog } from './tls/key-log.js';
import { createTlsServices } from './tls/tls-services.js';
import type { DeferredServers } from './upstream/deferred-servers.js';
import { Lookups } from './upstream/dial/lookups.js';
import type { UpstreamProxy } from './upstream/dial/upstream-proxy.js';
import { leadsTo, OutboundSockets } from './upstream/outbound-sockets.js';
import type { ConnectionPermit } from './upstream/permit.js';
import { AbruptServers, Http2OnlyServers } from './upstream/server-quirks.js';
import { SharedConnections } from './upstream/shared-connections.js';

export interface EngineServices {
  hooks: Dispatcher;
  log: Log;
  spool: SpoolPolicy;
  /** tsdump's version, for the pages it sends. */
  version: string;
  /** Signs the certificates for clients; undefined if the engine only replays requests. */
  authority: Authority | undefined;
  /** Log of TLS secrets, if enabled. */
  keyLog: KeyLog | undefined;
  /** Rules for ignored hosts; undefined without rules. */
  hostRules?: HostRules | undefined;
  /** The upstream proxy of modes without their own. */
  upstreamProxy?: UpstreamProxy | undefined;
  /** Reads more root certificates for servers, in PEM form; called once, when they are needed. */
  moreRoots?: (() => string[]) | undefined;
  /** Decides which connections to servers may be opened; undefined permits all. */
  permitConnection?: ConnectionPermit | undefined;
  /** Servers in whose place an addon may answer; undefined if all requests go to servers. */
  deferredServers?: DeferredServers | undefined;
  /** The sockets of the listeners, in the order of the modes, if the caller has bound them. */
  sockets?: readonly BoundSocket[] | undefined;
  /** TLS secrets that several processes share; undefined creates new ones. */
  tlsSecrets?: TlsSecrets | undefined;
}

/** A listener that is up. */
export interface Listening {
  /** Short description of its mode, such as `HTTP(S) proxy`. */
  readonly description: string;
  /** With the actual port; the host is empty for all addresses of this machine. */
  readonly address: Address;
  /** Remarks to print after its description. */
  readonly remarks: readonly string[];
}

interface WaitingClient {
  socket: Socket;
  mode: Mode;
  modeText: string;
}

/** A client that the engine serves and can end. */
interface EngineClient {
  /** Begins no further exchange. @returns whether one is in progress */
  close(): boolean;
  /** Ends live flows with the error `interrupted`. */
  interrupt(): void;
}

/** The proxy: listens, and serves clients until it is stopped. */
export class ProxyEngine {
  private readonly clients = new TransientSet<EngineClient>();
  private readonly services: Services;
  private listeners: Listener[] = [];
  /** Connections accepted before `serve`. */
  private readonly waiting: WaitingClient[] = [];
  private serving = false;
  private replays: FlowReplayer | undefined;
  private readonly sockets: readonly BoundSocket[];
  private stopped: Promise<void> | undefined;
  private onAllClosed: () => void = () => {};

  /** @throws TlsOptionError */
  constructor(
    private readonly options: EngineOptions,
    services: EngineServices,
  ) {
    prepareSocketOptions();
    const deadlines = new Deadlines();
    // Without these checks, the end of a message may be ambiguous, and a shared connection must not be.
    const shares = options.shareConnections && options.validateInboundHeaders;
    this.sockets = services.sockets ?? [];
    this.services = {
      ...services,
      options,
      connectionLevel: options.logConnections ? 'info' : 'debug',
      deadlines,
      shared: shares ? new SharedConnections(deadlines) : undefined,
      flushScheduler: new FlushScheduler(),
      tls: createTlsServices(options, services),
      passthrough: new Passthrough(services.hostRules),
      distrust: new DistrustCache(),
      outboundSockets: new OutboundSockets(),
      descriptors: new DescriptorWatch(services.log),
      lookups: new Lookups(undefined, undefined, options.dnsCacheTtl),
      http2OnlyServers: new Http2OnlyServers(),
      abruptServers: new AbruptServers(),
      largeBodies: new LargeBodies(options, services.log),
      isOwnListener: (address) => this.listeners.some((own) => leadsTo(address, own.address)),
    };
  }

  /**
   * Opens the listeners of all modes. Clients wait until `serve` is called.
   * @returns the open listeners, in the order of the modes
   * @throws ListenError if one cannot be opened, ModeSpecError if a spec is invalid or two specs share an address
   */
  async start(): Promise<Listening[]> {
    const listening: Listening[] = [];
    try {
      for (const [at, listener] of listenerSpecs(this.options).entries()) {
        listening.push(await this.open(listener, this.sockets[at]));
      }
    } catch (error) {
      this.closeListeners();
      throw error;
    }
    return listening;
  }

  /** Serves the waiting clients and all later ones. */
  serve(): void {
    this.serving = true;
    for (const { socket, mode, modeText } of this.waiting.splice(0)) {
      socket.off('error', ignore);
      // A port check has already closed its connection.
      if (socket.destroyed || socket.readableEnded) socket.destroy();
      else this.accept(socket, mode, modeText);
    }
  }

  /**
   * Creates a client that sends recorded or synthetic requests. It needs no listener.
   * It uses the upstream proxy of the first mode, if that has one.
   * @param serverName for TLS, if it is not the host of the requests' URLs
   */
  replayClient(serverName?: string): ReplayClient {
    return this.createReplayClient({
      upstreamProxy: replayUpstreamProxy(this.options, this.services.upstreamProxy),
      serverName,
    });
  }

  private createReplayClient(reach: ReplayRoute): ReplayClient {
    const client: ReplayClient = new ReplayClient(this.services, reach, () => this.removeClient(client));
    this.clients.add(client);
    return client;
  }

  /**
   * Replays a flow's request; see `HttpFlow.replay`.
   * @returns its flow, which the caller releases
   * @throws FlowNotLiveError if the engine stops, ReplayError if the request cannot be replayed
   */
  replay(flow: HttpFlow): Promise<HttpFlow> {
    if (this.stopped) return Promise.reject(new FlowNotLiveError('Nothing can be replayed: the engine is stopping'));
    const { upstreamProxy } = this.services;
    this.replays ??= new FlowReplayer(this.options, upstreamProxy, (reach) => this.createReplayClient(reach));
    return this.replays.replay(flow);
  }

  /**
   * Stops listening, lets exchanges in progress finish for `graceMs` milliseconds, then ends the rest as `interrupted`.
   * @param onLive called at once with the number of exchanges in progress, unless it is 0
   */
  async stop(graceMs: number, onLive?: (count: number) => void): Promise<void> {
    this.closeListeners();
    for (const { socket } of this.waiting.splice(0)) socket.destroy();
    this.stopped ??= new Promise<void>((resolve) => {
      this.onAllClosed = resolve;
    });
    if (this.clients.size === 0) this.onAllClosed();
    let live = 0;
    for (const client of [...this.clients]) if (client.close()) live++;
    if (live > 0) onLive?.(live);
    const timer = setTimeout(() => this.abort(), graceMs);
    await this.stopped;
    clearTimeout(timer);
    this.services.shared?.stop();
  }

  /**
   * Ends all live flows at once, as `interrupted`, and no longer waits for addons; `stop` then resolves as soon as the
   * flows are saved.
   */
  abort(): void {
    for (const client of [...this.clients]) client.interrupt();
    this.services.hooks.giveUp();
  }

  private async open(listener: ListenerSpec, bound: BoundSocket | undefined): Promise<Listening> {
    const { spec } = listener;
    const mode = await createMode(spec, this.options);
    const accept = (socket: Socket): void => this.accept(socket, mode, spec.text);
    const opened = await listen(listener, this.services.descriptors, accept, bound);
    this.listeners.push(opened);
    const remarks = mode.prepare?.(opened.server) ?? [];
    return { description: spec.description, address: opened.address, remarks };
  }

  private accept(socket: Socket, mode: Mode, modeText: string): void {
    if (!this.serving) {
      socket.on('error', ignore);
      this.waiting.push({ socket, mode, modeText });
      return;
    }
    // It was reset before it was accepted: nothing is known of it, not even its address.
    if (socket.remoteAddress === undefined) {
      socket.on('error', ignore);
      socket.destroy();
      return;
    }
    const client = new ClientHandler(this.services, socket, mode, modeText);
    this.clients.add(client);
    void client.run().finally(() => this.removeClient(client));
  }

  private removeClient(client: EngineClient): void {
    this.clients.delete(client);
    if (this.clients.size === 0) this.onAllClosed();
  }

  private closeListeners(): void {
    for (const { server } of this.listeners.splice(0)) server.close();
  }
}

/** An error of a waiting connection is handled later. */
function ignore(): void {}
