import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { ClientSide } from '../../../src/engine/http/client-side.js';
import { Http2Session } from '../../../src/engine/http2/session.js';
import { Http2UpstreamConnection } from '../../../src/engine/http2/upstream-connection.js';
import type { EngineOptions } from '../../../src/engine/options.js';
import { UpstreamPool } from '../../../src/engine/upstream/pool.js';
import { Route } from '../../../src/engine/upstream/route.js';
import { ServerChannel } from '../../../src/engine/upstream/server-channel.js';
import { Clock } from '../../../src/flow/clock.js';
import type { HttpFlow } from '../../../src/flow/flow.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { FakeChannel } from '../../support/fake-channel.js';
import { Http2Peer } from '../../support/http2-peer.js';
import { later } from '../../support/later.js';
import { until } from '../../support/until.js';
import { testContext } from '../http/context.js';

/** A session between a client and a server that are scripts, without sockets. */
export class Conversation {
  readonly client: Http2Peer;
  /** Of the last connection to the server. */
  server!: Http2Peer;
  readonly clientChannel: FakeChannel;
  /** The last connection to the server. */
  serverChannel!: FakeChannel;
  connects = 0;
  /** Connections to the server are opened once this has resolved. */
  opening: Promise<void> = Promise.resolve();
  readonly flows: HttpFlow[] = [];
  /** Internal errors. */
  readonly errors: string[] = [];
  private readonly session: Http2Session;
  private readonly context: ReturnType<typeof testContext>;
  private readonly clientPipe: Pipe;
  private serverPipe: Pipe | undefined;

  /** @param serverStarts the server sends its preface at once */
  constructor(addons: Addon[] = [], options: Partial<EngineOptions> = {}, serverStarts = true) {
    const collector: Addon = { observesBodies: true, flowEnd: (flow) => void this.flows.push(flow as HttpFlow) };
    const context = testContext([...addons, collector], options, (line) => this.errors.push(line));
    this.clientPipe = new Pipe((bytes) => this.client.receive(bytes));
    this.clientChannel = this.clientPipe.channel;
    this.client = new Http2Peer((bytes) => this.clientPipe.give(bytes));
    const route = new Route({ scheme: 'http', host: 'a.test', port: 80 }, () => Promise.reject(new Error('unused')));
    const pool = new UpstreamPool(async (destination, server) => {
      this.connects++;
      await this.opening;
      const pipe = new Pipe((bytes) => peer.receive(bytes));
      const peer = new Http2Peer((bytes) => pipe.give(bytes), true);
      this.server = peer;
      this.serverPipe = pipe;
      this.serverChannel = pipe.channel;
      const socket = pipe.channel.stream as Socket;
      const channel = new ServerChannel(socket, socket, server, new Clock());
      if (serverStarts) peer.start();
      const connection = new Http2UpstreamConnection(channel, destination, context);
      connection.onConnectProtocol = () => pool.onConnectProtocol();
      return connection;
    });
    this.context = context;
    this.session = new Http2Session(this.clientChannel, new ClientSide(context, pool, route));
    void this.session.run();
  }

  /** The program stops. */
  stop(): void {
    Object.assign(this.context, { closing: true });
    this.session.close();
  }

  /** Starts the client, and sends frames of it. */
  async begin(...frames: readonly Buffer[]): Promise<void> {
    this.client.start();
    if (frames.length > 0) this.client.frames(...frames);
    await this.settle();
  }

  /** Waits until nothing more comes of what was sent. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await later();
  }

  /** Waits until a condition holds. */
  async until(met: () => boolean): Promise<void> {
    await until(met, 'the conversation');
    await this.settle();
  }

  /** What the server sends, as bytes. */
  giveServer(bytes: Buffer | null): void {
    this.serverPipe!.give(bytes);
  }
}

/** A connection to a script. */
export class Pipe {
  readonly channel = new FakeChannel();

  constructor(onBytes: (bytes: Buffer) => void) {
    const stream = new Duplex({
      read() {},
      write: (bytes: Buffer, _encoding, done) => {
        onBytes(bytes);
        done();
      },
    });
    Object.assign(stream, { destroySoon: () => stream.end(), resetAndDestroy: () => stream.destroy() });
    Object.assign(this.channel, { stream });
  }

  give(bytes: Buffer | null): void {
    if (!this.channel.stream.destroyed) this.channel.stream.push(bytes);
  }
}
