import type { Definitions, MessageType } from './definitions/definitions.js';
import type { Field, Message } from './message.js';
import type { WireField } from './wire.js';

/** Deeper messages are shown as bytes. */
export const MOST_DEPTH = 64;

/** What bounds the work for one message. */
export interface Budget {
  /** Fields that may still be decoded. */
  fields: number;
}

/** What the decoders of values need of the decoder of messages. */
export interface DecodeContext {
  readonly definitions: Definitions | undefined;
  readonly budget: Budget;
  decode(content: Buffer, type: MessageType | undefined, depth: number): Message;
  /** Puts the values of each field together. */
  group(wire: readonly WireField[], type: MessageType | undefined, depth: number): Field[];
}
