import { LiveMessage } from '../../flow/message-log/live-message.js';

/** Converts the bytes of one direction of a connection to messages and back. */
export interface MessageCodec {
  /** Consumes received bytes. @throws Error if they must not be forwarded */
  decode(chunk: Buffer, to: MessageSink): void;
  /** Encodes a message in its current state, whether it was decoded or injected. */
  encode(message: LiveMessage): readonly Buffer[];
  /** A decoded message is not forwarded. */
  dropped?(message: LiveMessage): void;
  /** Whether a message can follow the bytes forwarded so far. */
  readonly atBoundary: boolean;
  /** The sender has ended its side. */
  end?(to: MessageSink): void;
}

/** Receives a codec's output. */
export interface MessageSink {
  /** Forwards bytes unchanged, after messages offered earlier. */
  forward(bytes: Buffer): void;
  /** Shows a message to addons, then forwards it, changed or not. */
  offer(message: LiveMessage): void;
  /** Records a message whose bytes are forwarded separately. */
  note(message: LiveMessage): void;
  /** Whether messages wait to be injected: then `insertWaiting` is called at the next boundary. */
  readonly hasWaiting: boolean;
  insertWaiting(): void;
  /** Seconds since the epoch. */
  now(): number;
}

/** An unknown protocol: each chunk is a message. */
export class RawCodec implements MessageCodec {
  readonly atBoundary = true;

  constructor(private readonly fromClient: boolean) {}

  decode(content: Buffer, to: MessageSink): void {
    to.offer(new LiveMessage(this.fromClient, 0, to.now(), content));
  }

  encode({ content }: LiveMessage): readonly Buffer[] {
    return [content];
  }
}
