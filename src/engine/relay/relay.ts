import { Socket } from 'node:net';
import { LiveMessage } from '../../flow/body/live-message.js';
import type { MessageLog } from '../../flow/body/messagelog.js';
import type { Clock } from '../../flow/clock.js';
import type { ClientContext } from '../client/client-context.js';
import { type Channel, confirmEnd } from '../net/channel.js';
import type { Deadline } from '../net/deadlines.js';
import { readAfterFailure } from '../net/read-after-failure.js';

/** What a message is to a codec. */
interface Payload {
  /** Of WebSocket (RFC 6455 section 5.2); 0 for opaque bytes. */
  opcode: number;
  content: Buffer;
}

/** Makes messages of the bytes of one direction, and bytes of messages. */
export interface Codec {
  /** @returns the messages that are complete with this chunk @throws Error if the bytes break the protocol */
  decode(chunk: Buffer): readonly Payload[];
  encode(message: Payload): readonly Buffer[];
}

/** A message that is sent although neither side has sent it. */
export interface Injection {
  toClient: boolean;
  opcode?: number;
  content: Buffer;
}

export interface RelayOptions {
  context: ClientContext;
  client: Channel;
  server: Channel;
  /** Bytes of both sides that were read before. */
  early?: { client: Buffer; server: Buffer };
  /** By the side that sends; without one each chunk is a message. */
  codecs?: { client: Codec; server: Codec };
  clock: Clock;
  log: MessageLog;
  /** Sees each message before it goes on, and may change or drop it; throwing breaks the connection off. */
  onMessage: ((message: LiveMessage) => undefined | Promise<void>) | undefined;
}

/** Beyond this many bytes not taken by the receiver, its sender is paused. */
const HIGH_WATER = 128 * 1024;

/** Passes messages both ways until both sides have ended, and logs them. An end of one side is passed on as just that. */
export class Relay {
  /** Resolves to the reason if it was broken off: a reset of one side resets the other, once what that sent is written. */
  readonly ended: Promise<Error | undefined>;
  private readonly idle: Deadline;
  private readonly fromClient: Direction;
  private readonly fromServer: Direction;
  private failure: Error | undefined;
  /** Sides that are open, and messages that are with an addon: only then the flow has ended. */
  private open = 2;
  private finish: (failure: Error | undefined) => void = () => {};

  constructor(private readonly options: RelayOptions) {
    const { context, client, server, codecs, early } = options;
    const { deadlines, options: settings } = context.services;
    this.ended = new Promise((resolve) => {
      this.finish = resolve;
    });
    this.idle = deadlines.create(() => this.fail(new Error('No bytes for the time of tcp_timeout.')));
    this.idle.set(settings.tcpTimeout);
    const active = (): void => this.idle.set(settings.tcpTimeout);
    const fail = (error: Error): void => this.fail(error);
    const held = (pending: Promise<unknown>): void => {
      this.open++;
      void pending.finally(this.close);
    };
    // That of the server is read like this since it was opened.
    if (client.stream instanceof Socket) readAfterFailure(client.stream);
    this.fromClient = new Direction(client, server, true, codecs?.client, options, active, held, fail);
    this.fromServer = new Direction(server, client, false, codecs?.server, options, active, held, fail);
    this.fromClient.start(early?.client);
    this.fromServer.start(early?.server);
    for (const side of [client, server]) this.watch(side);
  }

  /** Sends a message to one side, behind those that wait for an addon. It is recorded as injected. */
  inject({ toClient, opcode = 0, content }: Injection): void {
    const direction = toClient ? this.fromServer : this.fromClient;
    direction.inject(opcode, content);
  }

  private watch({ stream }: Channel): void {
    if (stream.destroyed) {
      this.fail(new Error('Connection closed.'));
      this.close();
      return;
    }
    stream.once('error', (error) => this.fail(error));
    stream.once('close', () => {
      if (!stream.readableEnded || !stream.writableFinished) this.fail(new Error('Connection closed.'));
      if (this.options.context.interrupted) this.resetBoth();
      this.close();
    });
  }

  private readonly close = (): void => {
    if (--this.open > 0) return;
    this.idle.dispose();
    this.finish(this.failure);
  };

  private fail(error: Error): void {
    if (this.failure) return;
    this.failure = error;
    const { context, client, server } = this.options;
    if (context.interrupted) return this.resetBoth();
    for (const side of [client, server]) {
      if (side.stream.destroyed) side.reset();
      else side.resetConnection();
    }
  }

  private resetBoth(): void {
    this.options.client.reset();
    this.options.server.reset();
  }
}

/** The way from one side to the other. */
class Direction {
  /** Reasons to wait: slow receiver, disk, an addon. */
  private waits = 0;
  /** Messages behind one that is with an addon. */
  private readonly queue: LiveMessage[] = [];
  private held = false;
  private ended = false;

  constructor(
    private readonly from: Channel,
    private readonly to: Channel,
    private readonly isFromClient: boolean,
    private readonly codec: Codec | undefined,
    private readonly options: RelayOptions,
    private readonly active: () => void,
    private readonly onHeld: (pending: Promise<unknown>) => void,
    private readonly fail: (error: Error) => void,
  ) {}

  start(early: Buffer | undefined): void {
    const source = this.from.stream;
    source.on('data', this.take);
    if (early && early.length > 0) this.take(early);
    if (source.readableEnded) this.end();
    else source.once('end', this.end);
    // Bytes that were put back before are given out only now.
    if (this.waits === 0) source.resume();
  }

  inject(opcode: number, content: Buffer): void {
    const message = this.message(opcode, content);
    message.injected = true;
    this.offer(message);
  }

  private readonly take = (chunk: Buffer): void => {
    if (this.to.stream.destroyed) return;
    this.active();
    if (!this.codec) return this.offer(this.message(0, chunk));
    try {
      for (const { opcode, content } of this.codec.decode(chunk)) this.offer(this.message(opcode, content));
    } catch (error) {
      this.fail(error as Error);
    }
  };

  private message(opcode: number, content: Buffer): LiveMessage {
    return new LiveMessage(this.isFromClient, opcode, this.options.clock.now(), content);
  }

  /** Lets addons see a message, then passes it on. */
  private offer(message: LiveMessage): void {
    const { onMessage } = this.options;
    if (!onMessage) return this.pass(message);
    if (this.held) {
      this.queue.push(message);
      return;
    }
    try {
      const pending = onMessage(message);
      if (pending) this.hold(message, pending);
      else this.pass(message);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private hold(message: LiveMessage, pending: Promise<void>): void {
    this.wait();
    this.held = true;
    const done = pending
      .then(() => {
        this.held = false;
        this.pass(message);
        if (this.to.stream.destroyed) this.queue.length = 0;
        while (!this.held && this.queue.length > 0) this.offer(this.queue.shift()!);
        if (this.ended && !this.held) this.passEnd();
      })
      .catch(this.fail)
      .finally(this.go);
    this.onHeld(done);
  }

  private pass(message: LiveMessage): void {
    const { log, context } = this.options;
    if (!log.append(message)) {
      this.wait();
      log.drained().then(this.go, context.services.onFatal);
    }
    const sink = this.to.stream;
    if (message.dropped || sink.destroyed) return;
    if (!this.codec) sink.write(message.content);
    else for (const bytes of this.codec.encode(message)) sink.write(bytes);
    if (sink.writableLength > HIGH_WATER) {
      this.wait();
      sink.once('drain', this.go);
    }
  }

  /** An end comes through although the source is paused. */
  private readonly end = (): void => {
    this.ended = true;
    if (!this.held) this.passEnd();
  };

  private passEnd(): void {
    confirmEnd(this.from.stream, () => this.to.stream.end(), this.fail);
  }

  private wait(): void {
    if (this.waits++ === 0) this.from.stream.pause();
  }

  private readonly go = (): void => {
    if (--this.waits === 0) this.from.stream.resume();
  };
}
