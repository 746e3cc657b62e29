import { Socket } from 'node:net';
import { LiveMessage } from '../../flow/message-log/live-message.js';
import { RelayError, UpstreamError } from '../errors.js';
import type { Channel } from '../net/channel.js';
import type { Deadline } from '../net/deadlines.js';
import { readAfterFailure } from '../net/read-after-failure.js';
import { Direction, type DirectionEvents, type DirectionOptions } from './direction.js';
import { type MessageCodec, RawCodec } from './message-codec.js';

/** A message that neither side has sent. */
export interface Injection {
  toClient: boolean;
  opcode?: number;
  content: Buffer;
}

export interface RelayOptions extends DirectionOptions {
  client: Channel;
  server: Channel;
  /** Bytes of both sides that were already read. */
  early?: { client: Buffer; server: Buffer };
  /** The codec of each sender; by default each chunk is a message. */
  codecs?: { client: MessageCodec; server: MessageCodec };
  /** Called when a codec refuses bytes; by default the connection is aborted. */
  onRefused?: (error: Error, fromClient: boolean) => void;
  /** One side has ended. */
  onEnd?: (fromClient: boolean) => void;
}

/** Relays and records messages in both directions until both sides have ended. A half-close is forwarded. */
export class Relay {
  /**
   * Resolves to the error if the relay was aborted: a reset of one side resets the other, once pending writes are sent.
   */
  readonly ended: Promise<Error | undefined>;
  /** The side that ended or failed first. */
  endedByClient: boolean | undefined;
  /** The side whose connection has failed, if that ended the relay. */
  failedByClient: boolean | undefined;
  private readonly idle: Deadline;
  private readonly fromClient: Direction;
  private readonly fromServer: Direction;
  private failure: Error | undefined;
  /** Forwarding has ended. */
  private over = false;
  /** Seconds without bytes after which the relay ends. */
  private silence: number;
  /** Number of open sides and of messages being handled by addons; the flow ends at 0. */
  private open = 2;
  private finish: (failure: Error | undefined) => void = () => {};

  constructor(private readonly options: RelayOptions) {
    const { context, client, server, codecs } = options;
    const { deadlines, options: settings } = context.services;
    this.ended = new Promise((resolve) => {
      this.finish = resolve;
    });
    this.idle = deadlines.create(() => this.fail(new RelayError('Idle for longer than tcp_timeout.', 'idle-timeout')));
    this.silence = settings.tcpTimeout;
    this.idle.set(this.silence);
    const events = this.events();
    // The server's socket was prepared when it was opened.
    if (client.stream instanceof Socket) readAfterFailure(client.stream);
    this.fromClient = new Direction(true, client, server, codecs?.client ?? new RawCodec(true), options, events);
    this.fromServer = new Direction(false, server, client, codecs?.server ?? new RawCodec(false), options, events);
  }

  /** Starts the relay; call it once. @returns `ended` */
  run(): Promise<Error | undefined> {
    const { client, server, early } = this.options;
    this.fromClient.start(early?.client);
    this.fromServer.start(early?.server);
    this.watch(client, true);
    this.watch(server, false);
    return this.ended;
  }

  /**
   * Sends a message to one side, after those that wait for an addon and between received ones. It is recorded as
   * injected.
   */
  inject({ toClient, opcode = 0, content }: Injection): void {
    const direction = toClient ? this.fromServer : this.fromClient;
    const timestamp = this.options.clock.now();
    const message = new LiveMessage(!toClient, opcode, timestamp, content);
    message.injected = true;
    direction.inject(message);
  }

  /** From now on closes the relay after this many seconds without bytes. */
  closeAfter(seconds: number): void {
    this.silence = seconds;
    const close = (): void => this.close(undefined);
    this.idle.onExpiry = close;
    this.idle.set(seconds);
  }

  /**
   * Ends both sides properly once all writes are sent, and ignores further bytes.
   * @param failure undefined for a proper end
   */
  close(failure: Error | undefined): void {
    if (this.over) return;
    this.failure = failure;
    this.stop();
    const { context, client, server } = this.options;
    if (context.interrupted) return this.resetBoth();
    client.lingeringClose();
    server.lingeringClose();
  }

  /** Resets both sides once all writes are sent. */
  readonly fail = (error: Error): void => {
    if (this.over) return;
    this.failure = error;
    this.stop();
    const { context, client, server } = this.options;
    if (context.interrupted) return this.resetBoth();
    for (const side of [client, server]) {
      if (side.stream.destroyed) side.reset();
      else side.resetConnection();
    }
  };

  private events(): DirectionEvents {
    return {
      active: () => this.idle.set(this.silence),
      ended: (fromClient) => {
        this.endedByClient ??= fromClient;
        this.options.onEnd?.(fromClient);
      },
      held: (pending) => {
        this.open++;
        void pending.finally(this.closed);
      },
      refused: (error, fromClient) => {
        const { onRefused } = this.options;
        if (onRefused) onRefused(error, fromClient);
        else this.fail(error);
      },
      failed: this.fail,
    };
  }

  private watch({ stream }: Channel, isClient: boolean): void {
    if (stream.destroyed) {
      this.failBy(isClient, new UpstreamError('Connection closed.', 502, undefined, 'connection-closed'));
      this.closed();
      return;
    }
    stream.on('error', (error) => {
      // TLS has failed, and received bytes are still to be read; the error comes again after them.
      if (!stream.destroyed) return;
      this.endedByClient ??= isClient;
      this.failBy(isClient, error);
    });
    stream.once('close', () => {
      if (!stream.readableEnded || !stream.writableFinished)
        this.failBy(isClient, new UpstreamError('Connection closed.', 502, undefined, 'connection-closed'));
      if (this.options.context.interrupted) this.resetBoth();
      this.closed();
    });
  }

  private failBy(isClient: boolean, error: Error): void {
    if (!this.over) this.failedByClient = isClient;
    this.fail(error);
  }

  private readonly closed = (): void => {
    if (--this.open > 0) return;
    this.idle.dispose();
    this.finish(this.failure);
  };

  private stop(): void {
    this.over = true;
    this.fromClient.stop();
    this.fromServer.stop();
  }

  private resetBoth(): void {
    this.options.client.reset();
    this.options.server.reset();
  }
}
