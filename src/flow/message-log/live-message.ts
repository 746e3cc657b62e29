import type { Message } from './message-log.js';

/**
 * A message in transit, of a WebSocket, TCP or UDP flow. Set `content` or `text` to replace the forwarded content. A dropped
 * message is not forwarded, and is recorded as dropped.
 *
 * @example
 * export function websocketMessage({ message }) {
 *   if (message.text.includes('ping')) message.drop();
 *   else message.text = message.text.replace('staging', 'production');
 * }
 */
export class LiveMessage implements Message {
  declare dropped?: true;
  declare injected?: true;
  declare more?: true;

  constructor(
    readonly fromClient: boolean,
    readonly opcode: number,
    readonly timestamp: number,
    /** Do not write into the buffer; assign another one. */
    public content: Buffer,
  ) {}

  /** Wraps a recorded message for hooks; changes do not reach the record. */
  static of({ fromClient, opcode, timestamp, content, dropped, injected, more }: Message): LiveMessage {
    const message = new LiveMessage(fromClient, opcode, timestamp, content);
    if (dropped) message.dropped = dropped;
    if (injected) message.injected = injected;
    if (more) message.more = more;
    return message;
  }

  /** Whether this is a WebSocket text message. */
  get isText(): boolean {
    return this.opcode === 1;
  }

  /** The content as UTF-8; invalid sequences become U+FFFD. */
  get text(): string {
    return this.content.toString();
  }
  set text(text: string) {
    this.content = Buffer.from(text);
  }

  /** Does not forward the message; it is recorded as dropped. */
  drop(): void {
    this.dropped = true;
  }
}
