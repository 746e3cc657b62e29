import { reportedByPolicy } from '../../flow/body/spool-policy.js';
import type { Clock } from '../../flow/clock.js';
import type { LiveMessage } from '../../flow/message-log/live-message.js';
import type { MessageLog } from '../../flow/message-log/message-log.js';
import type { ClientContext } from '../client/client-context.js';
import { type Channel, confirmEnd } from '../net/channel.js';
import type { MessageCodec, MessageSink } from './message-codec.js';

export interface DirectionOptions {
  context: ClientContext;
  clock: Clock;
  log: MessageLog;
  /** Sees each message, and may change or drop offered ones; an error aborts the connection. */
  onMessage: ((message: LiveMessage) => undefined | Promise<void>) | undefined;
}

/** Events of a direction. */
export interface DirectionEvents {
  /** Bytes were received. */
  active(): void;
  /** The sender has ended its side. */
  ended(fromClient: boolean): void;
  /** The relay must not end before this promise. It never rejects. */
  held(pending: Promise<unknown>): void;
  /** The sender's bytes must not be forwarded. */
  refused(error: Error, fromClient: boolean): void;
  failed(error: Error): void;
}

/** The sender is paused beyond this many bytes that the receiver has not accepted. */
const HIGH_WATER = 128 * 1024;

/** Number of messages after which other connections are served first. */
const ENOUGH_RECORDED = 500;

/** One direction of a relay. */
export class Direction implements MessageSink {
  /** Number of reasons to pause: a slow receiver, the disk, an addon. */
  private waits = 0;
  private receiverIsSlow = false;
  private diskIsSlow = false;
  /** An addon is handling a message, and these follow it. */
  private holding = false;
  private readonly held = new Queue<LiveMessage | Buffer>();
  /** An addon is handling a message that was already forwarded, and these follow it. */
  private noting = false;
  private readonly noted = new Queue<LiveMessage>();
  /** Injected messages that wait for the end of another message. */
  private waiting: LiveMessage[] = [];
  /** Number of messages recorded since other connections were served. */
  private recorded = 0;
  private ended = false;
  private stopped = false;

  constructor(
    private readonly fromClient: boolean,
    private readonly from: Channel,
    private readonly to: Channel,
    private readonly codec: MessageCodec,
    private readonly options: DirectionOptions,
    private readonly events: DirectionEvents,
  ) {}

  start(early: Buffer | undefined): void {
    const source = this.from.stream;
    source.on('data', this.take);
    if (early && early.length > 0) this.take(early);
    if (source.readableEnded) this.end();
    else source.once('end', this.end);
    // Bytes that were put back are delivered only now.
    if (this.waits === 0 && !this.stopped) source.resume();
  }

  /** Stops reading from the sender. */
  stop(): void {
    this.stopped = true;
    this.from.stream.off('data', this.take);
    this.from.stream.off('end', this.end);
  }

  /** Sends a message that neither side has sent. */
  inject(message: LiveMessage): void {
    this.waiting.push(message);
    if (!this.codec.atBoundary) return;
    try {
      this.insertWaiting();
    } catch (error) {
      this.events.failed(error as Error);
    }
  }

  get hasWaiting(): boolean {
    return this.waiting.length > 0;
  }

  insertWaiting(): void {
    for (const message of this.waiting.splice(0)) this.offer(message);
  }

  now(): number {
    return this.options.clock.now();
  }

  private readonly take = (chunk: Buffer): void => {
    if (this.to.stream.destroyed) return;
    this.events.active();
    try {
      this.codec.decode(chunk, this);
    } catch (error) {
      this.events.refused(error as Error, this.fromClient);
    }
    if (this.recorded >= ENOUGH_RECORDED && !this.stopped) this.serveOthers();
  };

  /** Reads on in the next turn of the event loop: a flood of tiny messages takes much longer to record than to receive. */
  private serveOthers(): void {
    this.recorded = 0;
    this.wait();
    setImmediate(this.go);
  }

  forward(bytes: Buffer): void {
    if (this.holding) this.held.push(bytes);
    else this.write(bytes);
  }

  note(message: LiveMessage): void {
    this.record(message);
    if (!this.options.onMessage) return;
    if (this.noting) this.noted.push(message);
    else this.show(message);
  }

  private show(message: LiveMessage): void {
    const pending = this.options.onMessage!(message);
    if (!pending) return;
    this.noting = true;
    this.waitFor(pending, () => {
      this.noting = false;
      while (!this.noting && this.noted.length > 0) this.show(this.noted.shift());
    });
  }

  offer(message: LiveMessage): void {
    if (this.holding) this.held.push(message);
    else this.hold(message);
  }

  /** Shows a message to addons, then forwards it. */
  private hold(message: LiveMessage): void {
    const pending = this.options.onMessage?.(message);
    if (!pending) {
      this.pass(message);
      return;
    }
    this.holding = true;
    this.waitFor(pending, () => {
      this.holding = false;
      this.pass(message);
      if (this.to.stream.destroyed || this.stopped) this.held.clear();
      while (!this.holding && this.held.length > 0) {
        const next = this.held.shift();
        if (Buffer.isBuffer(next)) this.write(next);
        else this.hold(next);
      }
      if (this.ended && !this.holding) this.passEnd();
    });
  }

  private waitFor(pending: Promise<void>, next: () => void): void {
    this.wait();
    this.events.held(pending.then(next).catch(this.events.failed).finally(this.go));
  }

  private pass(message: LiveMessage): void {
    // Encoding may truncate the content.
    const bytes = message.dropped ? undefined : this.codec.encode(message);
    this.record(message);
    if (!bytes) this.codec.dropped?.(message);
    else for (const each of bytes) this.write(each);
  }

  private record(message: LiveMessage): void {
    const { log } = this.options;
    this.recorded++;
    if (log.append(message) || this.diskIsSlow) return;
    this.diskIsSlow = true;
    this.wait();
    log.drained().then(() => {
      this.diskIsSlow = false;
      this.go();
    }, reportedByPolicy);
  }

  private write(bytes: Buffer): void {
    const sink = this.to.stream;
    if (!sink.writable) return;
    sink.write(bytes);
    if (sink.writableLength <= HIGH_WATER || this.receiverIsSlow) return;
    this.receiverIsSlow = true;
    this.wait();
    sink.once('drain', () => {
      this.receiverIsSlow = false;
      this.go();
    });
  }

  /** Called even while the source is paused. */
  private readonly end = (): void => {
    this.ended = true;
    this.events.ended(this.fromClient);
    this.codec.end?.(this);
    if (!this.holding) this.passEnd();
  };

  private passEnd(): void {
    confirmEnd(
      this.from.stream,
      () => {
        if (!this.stopped) this.to.stream.end();
      },
      this.events.failed,
    );
  }

  private wait(): void {
    if (this.waits++ === 0) this.from.stream.pause();
  }

  private readonly go = (): void => {
    if (--this.waits === 0 && !this.stopped) this.from.stream.resume();
  };
}

/** A FIFO queue whose `shift` takes constant time. */
class Queue<Item> {
  private items: Item[] = [];
  private first = 0;

  get length(): number {
    return this.items.length - this.first;
  }

  push(item: Item): void {
    this.items.push(item);
  }

  /** Removes and returns the first item; the queue must not be empty. */
  shift(): Item {
    const item = this.items[this.first++]!;
    if (this.first === this.items.length) this.clear();
    return item;
  }

  clear(): void {
    this.items = [];
    this.first = 0;
  }
}
