import { LiveMessage } from '../../flow/body/live-message.js';

/** Makes messages of the bytes of one direction. It belongs to that direction of one connection. */
export interface Codec {
  /** Takes bytes as they come. @throws Error if they must not go on */
  decode(chunk: Buffer, to: MessageSink): void;
  /** The bytes of a message as it is now, whether it was decoded or injected. */
  encode(message: LiveMessage): readonly Buffer[];
  /** A message that was decoded does not go on. */
  dropped?(message: LiveMessage): void;
  /** Whether a message can stand behind the bytes that have gone on so far. */
  readonly atBoundary: boolean;
  /** No more bytes come. */
  end?(to: MessageSink): void;
}

/** What a codec does with what it decodes. */
export interface MessageSink {
  /** Bytes that go on as they are, behind messages that were offered before. */
  forward(bytes: Buffer): void;
  /** A message that goes on when addons have seen it, changed or not. */
  offer(message: LiveMessage): void;
  /** A message whose bytes go on by themselves. */
  note(message: LiveMessage): void;
  /** Whether messages wait to be injected: then `insertWaiting` is called at the next boundary. */
  readonly hasWaiting: boolean;
  insertWaiting(): void;
  /** Seconds since the epoch. */
  now(): number;
}

/** Bytes of a protocol that is not known: each chunk is a message. */
export class RawCodec implements Codec {
  readonly atBoundary = true;

  constructor(private readonly fromClient: boolean) {}

  decode(content: Buffer, to: MessageSink): void {
    to.offer(new LiveMessage(this.fromClient, 0, to.now(), content));
  }

  encode({ content }: LiveMessage): readonly Buffer[] {
    return [content];
  }
}
