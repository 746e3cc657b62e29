import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CloseFrame, encodeClose, NO_CODE, parseClose } from '../../../engine/websocket/close-frame.js';
import { OPCODE } from '../../../engine/websocket/frame-reader.js';
import { encodeFrame } from '../../../engine/websocket/frame-writer.js';
import { type PeerEvents, PeerMessages } from '../../../engine/websocket/peer-messages.js';
import type { WebSocketClose } from '../../../flow/flow.js';
import type { Message, MessageLog } from '../../../flow/message-log/message-log.js';

export interface WebSocketConversation {
  readonly messages: MessageLog | undefined;
  readonly close: WebSocketClose | undefined;
  /** Whether the recorded server cut off the connection. */
  readonly breaks: boolean;
  /** Factor for the recorded delays between messages; with 0, the server waits only for the client. */
  readonly factor: number;
  /** Receives a warning about a difference from the recording, or about an early end. */
  readonly warn: (what: string) => void;
}

/** Codes for a close frame (RFC 6455 section 7.4.1); the second one stands for a missing frame. */
const NORMAL = 1000;
const ABNORMAL = 1006;

/**
 * Plays the server of a recorded WebSocket. A message is sent once the client has sent as many messages as were recorded before
 * it. The client may send other messages; the first difference is reported. Never rejects.
 */
export async function playWebSocket(stream: Duplex, conversation: WebSocketConversation): Promise<void> {
  const player = new Player(stream, conversation);
  stream.on('error', () => {});
  try {
    await Promise.all([player.readClient(), player.sendRecorded()]);
  } catch (error) {
    if (!stream.destroyed) conversation.warn((error as Error).message);
    stream.destroy();
  } finally {
    conversation.messages?.release();
  }
}

class Player {
  private readonly received: Received[] = [];
  /** Whether the client has sent a close frame or ended the connection. */
  private isOver = false;
  private sentClose = false;
  private wake: () => void = () => {};
  private count = 0;
  private differs = false;

  constructor(
    private readonly stream: Duplex,
    private readonly conversation: WebSocketConversation,
  ) {}

  /** Reads the frames of the client until its end. */
  async readClient(): Promise<void> {
    const { stream } = this;
    const events: PeerEvents = {
      message: (opcode, content) => {
        this.received.push({ opcode, content });
        this.wake();
      },
      ping: (content) => void this.send(content, OPCODE.pong),
      close: (content) => this.closedByClient(parseClose(content)),
    };
    const client = new PeerMessages(events, { wants: () => true, limit: Number.POSITIVE_INFINITY });
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      client.read(chunk);
      if (this.received.length > MAX_WAITING) await this.caughtUp();
    }
    this.end();
    if (!stream.writableEnded) stream.end();
  }

  /** Sends the messages of the recorded server. */
  async sendRecorded(): Promise<void> {
    let before: number | undefined;
    for await (const message of this.conversation.messages ?? []) {
      if (this.isOver) return;
      const { timestamp } = message;
      if (message.fromClient) {
        if (isExpected(message) && !this.check(message, await this.next())) return;
      } else if (isSent(message)) {
        await this.pause(timestamp - (before ?? timestamp));
        if (this.isOver) return;
        await this.send(message.content, message.opcode);
      }
      before = timestamp;
    }
    this.finish();
  }

  private finish(): void {
    const { close, breaks } = this.conversation;
    if (this.isOver) return;
    if (breaks || close?.code === ABNORMAL) {
      this.stream.destroy();
      return;
    }
    if (close?.byClient) return;
    this.sendClose(close?.code ?? NORMAL, close?.reason ?? '');
  }

  /** Repeats the frame, as most servers do. */
  private closedByClient({ code, reason }: CloseFrame): void {
    if (!this.sentClose) this.sendClose(code, reason);
    this.end();
    this.stream.end();
  }

  private end(): void {
    this.isOver = true;
    this.wake();
  }

  private sendClose(code: number, reason: string): void {
    this.sentClose = true;
    if (this.stream.writableEnded) return;
    if (code === NO_CODE) void this.send(Buffer.alloc(0), OPCODE.close);
    else this.stream.write(encodeClose({ code, reason }, { masks: false }));
  }

  /** The next message of the client; undefined after the last. */
  private async next(): Promise<Received | undefined> {
    while (this.received.length === 0 && !this.isOver) await this.woken();
    const next = this.received.shift();
    this.wake();
    return next;
  }

  /** @returns whether the client has sent a message */
  private check(recorded: Message, now: Received | undefined): boolean {
    this.count++;
    if (!now) return false;
    const isSame = now.opcode === recorded.opcode && now.content?.equals(recorded.content);
    if (!isSame && !this.differs) {
      this.differs = true;
      this.conversation.warn(`message ${this.count} of the client differs from the recorded one`);
    }
    return true;
  }

  private async caughtUp(): Promise<void> {
    while (this.received.length > MAX_WAITING && !this.isOver) await this.woken();
  }

  private woken(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.wake;
      this.wake = () => {
        before();
        this.wake = () => {};
        resolve();
      };
    });
  }

  private async pause(seconds: number): Promise<void> {
    const milliseconds = seconds * 1000 * this.conversation.factor;
    if (milliseconds > 0) await sleep(milliseconds, undefined, { ref: false });
  }

  private async send(content: Buffer, opcode: number): Promise<void> {
    const { stream } = this;
    if (!stream.writable) return;
    let hasRoom = true;
    for (const bytes of encodeFrame(content, { opcode, masks: false })) hasRoom = stream.write(bytes);
    if (hasRoom || this.isOver) return;
    await new Promise<void>((resolve) => {
      stream.once('drain', resolve);
      stream.once('close', resolve);
    });
  }
}

interface Received {
  readonly opcode: number;
  /** Undefined if it is compressed, although tsdump does not offer that. */
  readonly content: Buffer | undefined;
}

/** Maximum number of unread messages of the client. */
const MAX_WAITING = 1000;

/** Whether a recorded message is expected from the client. Injected messages and control frames are not. */
function isExpected({ opcode, injected }: Message): boolean {
  return !injected && opcode < OPCODE.close;
}

/** Whether a recorded message is sent to the client. Pongs are answers to pings, and the close frame is sent at the end. */
function isSent({ opcode, dropped }: Message): boolean {
  return !dropped && opcode !== OPCODE.pong && opcode !== OPCODE.close;
}
