import type { Clock } from '../../flow/clock.js';
import type { HttpFlow } from '../../flow/flow.js';
import type { Dispatcher } from '../../flow/hooks/dispatcher.js';
import type { LiveMessage } from '../../flow/message-log/live-message.js';
import { MessageLog } from '../../flow/message-log/message-log.js';
import type { ClientContext } from '../client/client-context.js';
import { KilledError, RelayError } from '../errors.js';
import type { Tunnel } from '../http/wire.js';
import { FlowChannel } from '../relay/flow-channel.js';
import { Relay } from '../relay/relay.js';
import { type CloseFrame, encodeClose, WebSocketError } from './close-frame.js';
import { WebSocketCodec } from './codec.js';
import type { Extensions } from './extensions.js';
import { OPCODE } from './frame-reader.js';

/** A connection after a 101 response. */
export interface UpgradedConnection {
  readonly context: ClientContext;
  readonly flow: HttpFlow;
  readonly clock: Clock;
  readonly client: Tunnel;
  readonly server: Tunnel;
}

/** Whether messages are kept. A replay always keeps them, like the body of its response, so that they can be compared. */
export function keepsMessages(flow: HttpFlow, hooks: Dispatcher): boolean {
  return flow.isReplay === 'request' || hooks.keepsBodies(flow, 'responseHeaders');
}

/** A WebSocket connection, from the handshake to its end. */
export class WebSocketSession {
  private readonly relay: Relay;
  private readonly codecs: { readonly client: WebSocketCodec; readonly server: WebSocketCodec };
  private readonly log = new MessageLog();
  /** Number of sides that have sent a close frame. */
  private closing = 0;
  private fault: RelayError | undefined;

  constructor(
    private readonly connection: UpgradedConnection,
    { fromClient, fromServer }: Extensions,
  ) {
    const { context, flow, clock, client, server } = connection;
    const { hooks, spool, options } = context.services;
    flow.messages = this.log;
    flow.websocket = { byClient: undefined, code: undefined, reason: undefined, timestamp: undefined };
    if (keepsMessages(flow, hooks)) this.log.keepIn(spool);
    const common = { holds: hooks.holdsMessages(flow), limit: options.websocketMessageLimit };
    this.codecs = {
      client: new WebSocketCodec({ deflate: fromClient, ...common, ...this.side(true) }),
      server: new WebSocketCodec({ deflate: fromServer, ...common, ...this.side(false) }),
    };
    this.relay = new Relay({
      context,
      client: client.channel,
      server: server.channel,
      early: { client: client.rest, server: server.rest },
      codecs: this.codecs,
      clock,
      log: this.log,
      onMessage: hooks.listens('websocketMessage') ? this.show : undefined,
      onRefused: (error, byClient) => this.refuse(error, byClient),
      onEnd: () => this.relay.closeAfter(PATIENCE),
    });
  }

  /** The side whose connection has failed, if that ended the session. */
  get failedByClient(): boolean | undefined {
    return this.relay.failedByClient;
  }

  /** @returns the error, if it ended abnormally */
  async run(): Promise<Error | undefined> {
    const { context, flow, client, server } = this.connection;
    const { hooks } = context.services;
    const channel = new FlowChannel(client.channel, server.channel);
    flow.channel = channel;
    let failure: Error | undefined;
    try {
      await hooks.emit('websocketStart', flow);
      this.stopIfKilled();
      const ended = this.relay.run();
      channel.open(({ toClient, content, isText }) =>
        this.relay.inject({ toClient, content, opcode: isText ? OPCODE.text : OPCODE.binary }),
      );
      failure = (await ended) ?? this.fault;
    } catch (error) {
      failure = error as Error;
      client.channel.resetConnection();
      server.channel.resetConnection();
    }
    flow.channel = undefined;
    this.noteClose(this.relay.endedByClient, { code: ABNORMAL, reason: '' });
    await hooks.emit('websocketEnd', flow);
    return flow.killed ? new KilledError() : failure;
  }

  /** Handlers for the codec of one side. */
  private side(fromClient: boolean) {
    return {
      fromClient,
      onClose: (close: CloseFrame) => {
        this.noteClose(fromClient, close);
        this.closing++;
        // The server ends the connection once both sides have sent a close frame (RFC 6455 section 7.1.1).
        this.relay.closeAfter(this.closing < 2 ? PATIENCE : SHORT_PATIENCE);
      },
      onFault: (fault: string) => {
        this.fault ??= new RelayError(`The ${fromClient ? 'client' : 'server'} sent ${fault}.`, 'websocket-protocol');
      },
    };
  }

  private readonly show = (message: LiveMessage): undefined | Promise<void> => {
    const { context, flow } = this.connection;
    const pending = context.services.hooks.emit('websocketMessage', { flow, message });
    if (pending) return pending.then(() => this.stopIfKilled());
    this.stopIfKilled();
    return undefined;
  };

  private stopIfKilled(): void {
    if (this.connection.flow.killed) throw new KilledError();
  }

  /**
   * Ends the connection because of refused bytes; sends a close frame to each side where the last frame is complete.
   */
  private refuse(error: Error, fromClient: boolean): void {
    if (!(error instanceof WebSocketError)) {
      this.relay.fail(error);
      return;
    }
    const { code, message } = error;
    const close = { code, reason: message };
    this.noteClose(undefined, close);
    const { client, server } = this.connection;
    if (this.codecs.server.atFrameBoundary) client.channel.stream.write(encodeClose(close, { masks: false }));
    if (this.codecs.client.atFrameBoundary) server.channel.stream.write(encodeClose(close, { masks: true }));
    // A truncated frame must not look like a proper end.
    else if (fromClient) server.channel.resetConnection();
    if (!this.codecs.server.atFrameBoundary && !fromClient) client.channel.resetConnection();
    this.relay.close(
      new RelayError(`Refused: the ${fromClient ? 'client' : 'server'} sent ${message}.`, 'websocket-refused'),
    );
  }

  /** Records the first close reason. */
  private noteClose(byClient: boolean | undefined, { code, reason }: CloseFrame): void {
    const { flow, clock } = this.connection;
    if (flow.websocket!.code === undefined) flow.websocket = { byClient, code, reason, timestamp: clock.now() };
  }
}

/** There was no close frame (RFC 6455 section 7.4.1). */
const ABNORMAL = 1006;
/** Seconds without bytes to wait for a peer to close its side of the connection. */
const PATIENCE = 10;
/** The same once both sides have sent a close frame. */
const SHORT_PATIENCE = 2;
