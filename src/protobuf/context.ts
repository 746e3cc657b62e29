import type { Definitions, MessageType } from './definitions/definitions.js';
import type { ProtobufField, ProtobufMessage } from './message.js';
import type { WireField } from './wire.js';

/** Deeper messages are shown as bytes. */
export const MAX_DEPTH = 64;

/** Limits the work for one message. */
export interface Budget {
  /** Fields that may still be decoded. */
  fields: number;
}

/** The interface of the message decoder for the decoders of values. */
export interface DecodeContext {
  readonly definitions: Definitions | undefined;
  readonly budget: Budget;
  decode(content: Buffer, type: MessageType | undefined, depth: number): ProtobufMessage;
  /** Groups wire fields by their number. */
  group(wire: readonly WireField[], type: MessageType | undefined, depth: number): ProtobufField[];
}
