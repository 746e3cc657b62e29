import type { Message } from './messagelog.js';

/**
 * A message on its way, of a WebSocket, TCP or UDP flow. What is set goes on in its place; a dropped one does not go on, and is
 * recorded as dropped.
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
    /** Do not write into the buffer, but set another. */
    public content: Buffer,
  ) {}

  /** A recorded message for hooks; the record stays as it is. */
  static of({ fromClient, opcode, timestamp, content, dropped, injected, more }: Message): LiveMessage {
    const message = new LiveMessage(fromClient, opcode, timestamp, content);
    if (dropped) message.dropped = dropped;
    if (injected) message.injected = injected;
    if (more) message.more = more;
    return message;
  }

  /** Whether it is a text message of a WebSocket, not a binary one. */
  get isText(): boolean {
    return this.opcode === 1;
  }

  /** The content as UTF-8; bytes that are none become U+FFFD. */
  get text(): string {
    return this.content.toString();
  }
  set text(text: string) {
    this.content = Buffer.from(text);
  }

  /** Keeps it from going on. */
  drop(): void {
    this.dropped = true;
  }
}
