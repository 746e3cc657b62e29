import type { VirtualChannel } from '../../engine/net/virtual-channel.js';
import { encodeClose, NO_CODE } from '../../engine/websocket/close-frame.js';
import { OPCODE } from '../../engine/websocket/frame-reader.js';
import { encodeFrame } from '../../engine/websocket/frame-writer.js';
import { type PeerEvents, PeerMessages } from '../../engine/websocket/peer-messages.js';
import type { HttpFlow } from '../../flow/flow.js';
import type { Message } from '../../flow/message-log/message.js';
import type { PaceClock } from './pace/clock.js';

/** The close code of a conversation that is complete. */
const NORMAL = 1000;
/** Maximum size of a text whose content is passed to `onText`, in bytes. */
const TEXT_LIMIT = 1024 * 1024;

export interface ConversationOptions {
  clock: PaceClock;
  /** Factor for the recorded timing; undefined sends a message once the server has sent all messages recorded before it. */
  speed: number | undefined;
  /** Milliseconds to wait for each message of a server that sends fewer messages than were recorded; 0 waits indefinitely. */
  patience: number;
  /** Returns the content to send for a recorded message; by default, the recorded content. */
  rewrite?: ((message: Message) => Buffer) | undefined;
  /** Receives the text messages of the server that are not compressed. @param number among all its messages, from 1 */
  onText?: ((number: number, content: Buffer) => void) | undefined;
}

/**
 * Sends the recorded messages of a WebSocket client. Without a speed, a message is sent when the server has sent as many
 * messages as were recorded before it. With a speed, it is sent at its recorded time after the handshake. Pings are answered on
 * arrival. The connection is closed by the same side as in the recording.
 */
export class WebSocketPlayer {
  private channel!: VirtualChannel;
  /** Number of messages received from the server. */
  private received = 0;
  private over = false;
  private closeSent = false;
  private wake: () => void = ignore;

  constructor(
    private readonly recorded: HttpFlow,
    private readonly options: ConversationOptions,
  ) {}

  play(channel: VirtualChannel): void {
    this.channel = channel;
    const { onText } = this.options;
    const events: PeerEvents = {
      message: (_opcode, content) => {
        this.received++;
        if (content) onText?.(this.received, content);
        this.wake();
      },
      ping: (content) => void this.send(OPCODE.pong, content),
      close: (content) => {
        if (!this.closeSent) void this.send(OPCODE.close, content);
        this.end();
      },
    };
    const wants = (opcode: number): boolean => onText !== undefined && opcode === OPCODE.text;
    const messages = new PeerMessages(events, { wants, limit: TEXT_LIMIT });
    channel.onBytes = (bytes) => {
      // The session reports invalid frames and closes the connection.
      if (!this.over) messages.read(bytes);
    };
    channel.onEnd = () => this.end();
    this.run().catch(() => channel.destroy());
  }

  private async run(): Promise<void> {
    const { clock, speed, rewrite } = this.options;
    const { messages, websocket, response } = this.recorded;
    const start = clock.now();
    const origin = response?.timestampStart ?? this.recorded.timestampCreated;
    let expected = 0;
    for await (const message of messages!) {
      if (this.over) return;
      if (!message.fromClient) {
        if (isData(message) && !message.injected) expected++;
        continue;
      }
      // Pongs are answers to pings, and the new server sends its own pings.
      if (message.dropped || message.opcode === OPCODE.pong) continue;
      if (speed === undefined) await this.hasReceived(expected);
      else await clock.wait(start + ((message.timestamp - origin) * 1000) / speed - clock.now());
      if (this.over) return;
      const pending = this.send(message.opcode, rewrite?.(message) ?? message.content);
      if (pending) await pending;
    }
    await this.hasReceived(expected);
    if (!this.over && websocket?.byClient === false) await this.hasReceived(Number.POSITIVE_INFINITY);
    if (this.over) return;
    this.close(websocket?.code);
    // If the server does not close the connection, the session closes it after its timeout.
  }

  /** Waits until the server has sent this many messages or has closed, or until the timeout. */
  private async hasReceived(count: number): Promise<void> {
    const { clock, patience } = this.options;
    while (!this.over && this.received < count) {
      const before = this.received;
      const more = new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      if (patience === 0) await more;
      else await Promise.race([more, clock.wait(patience)]);
      if (this.received === before) return;
    }
  }

  private send(opcode: number, content: Buffer): undefined | Promise<void> {
    if (opcode === OPCODE.close) this.closeSent = true;
    let pending: undefined | Promise<void>;
    for (const bytes of encodeFrame(content, { opcode, masks: true })) pending = this.channel.push(bytes);
    return pending;
  }

  /**
   * @param code as recorded, which browsers do not export; some codes are reserved for a close frame without a code or a missing close frame (RFC 6455
   * section 7.4.1)
   */
  private close(code = NORMAL): void {
    this.closeSent = true;
    if (code === 1006) this.channel.pushEnd();
    else if (code === NO_CODE || code === 1015) void this.send(OPCODE.close, Buffer.alloc(0));
    else void this.channel.push(encodeClose({ code, reason: this.recorded.websocket?.reason ?? '' }, { masks: true }));
  }

  private end(): void {
    this.over = true;
    this.channel.pushEnd();
    this.wake();
  }
}

function isData({ opcode }: Message): boolean {
  return opcode < OPCODE.close;
}

function ignore(): void {}
