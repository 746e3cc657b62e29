import { isUtf8 } from 'node:buffer';
import { LiveMessage } from '../../flow/message-log/live-message.js';
import { plural } from '../../flow/text/plural.js';
import { WebSocketError } from './close-frame.js';
import { InflateError, Inflater } from './deflate/inflater.js';
import type { Deflate } from './extensions.js';
import { type FrameReader, OPCODE, RSV1 } from './frame-reader.js';
import { Pieces } from './pieces.js';

export interface MessageReaderOptions {
  fromClient: boolean;
  deflate: Deflate | undefined;
  /** Whether messages must be complete; otherwise large ones are passed on in parts. */
  holds: boolean;
  /** Maximum bytes of a message that is held, or is a compression bomb. */
  limit: number;
  /** Gets a part of an incomplete message. */
  onPart: (part: LiveMessage) => void;
}

/** Assembles the messages of one direction from the payloads of their frames; decompresses and validates them. */
export class MessageReader {
  /** A message is incomplete. */
  isOpen = false;
  isCompressed = false;
  private opcode = 0;
  private timestamp = 0;
  /** Content since the last part. */
  private readonly content = new Pieces();
  /** Bytes of the content so far, and of its frames. */
  private total = 0;
  private wire = 0;
  private readonly text = new Utf8Checker();
  private inflater: Inflater | undefined;

  constructor(private readonly options: MessageReaderOptions) {}

  beginFrame({ opcode, reserved }: FrameReader, timestamp: number): void {
    this.wire += FRAME_HEAD;
    if (opcode === OPCODE.continuation) return;
    this.isOpen = true;
    this.opcode = opcode;
    this.timestamp = timestamp;
    this.isCompressed = (reserved & RSV1) !== 0;
    this.total = 0;
    this.wire = FRAME_HEAD;
  }

  /** @param payload unmasked @throws WebSocketError if it is invalid or too large */
  add(payload: Buffer): void {
    this.wire += payload.length;
    if (this.options.holds && this.wire > this.options.limit + FRAME_HEAD) throw this.tooLarge();
    if (!this.isCompressed) this.addContent(payload);
    else {
      this.inflater ??= new Inflater(this.addContent);
      this.inflating(this.inflater, payload);
    }
  }

  /** @returns the message, or its last part @throws WebSocketError if it is incomplete */
  end(): LiveMessage {
    if (this.isCompressed) {
      this.inflater ??= new Inflater(this.addContent);
      this.inflating(this.inflater);
    }
    if (this.opcode === OPCODE.text && !this.text.end()) throw notUtf8();
    this.isOpen = false;
    return this.message();
  }

  /** Passes on the content so far of an incomplete message. */
  passPart(): void {
    if (!this.isOpen || this.content.size === 0) return;
    const message = this.message();
    message.more = true;
    this.options.onPart(message);
  }

  private message(): LiveMessage {
    const { opcode, timestamp } = this;
    return new LiveMessage(this.options.fromClient, opcode, timestamp, this.content.take());
  }

  private inflating(inflater: Inflater, payload?: Buffer): void {
    try {
      if (payload) inflater.write(payload);
      else inflater.endMessage(this.options.deflate!.keepsContext);
    } catch (error) {
      if (error instanceof InflateError) throw new WebSocketError(1007, 'a message that cannot be decompressed');
      throw error;
    }
  }

  private readonly addContent = (content: Buffer): void => {
    const { limit, holds } = this.options;
    this.total += content.length;
    const isBomb = this.isCompressed && this.total > limit && this.total > this.wire * BOMB_RATIO;
    if (isBomb || (holds && this.total > limit)) throw this.tooLarge();
    if (this.opcode === OPCODE.text && !this.isText(content)) throw notUtf8();
    this.content.add(content);
    if (!holds && this.content.size >= PART) this.passPart();
  };

  private isText(content: Buffer): boolean {
    return (this.total === content.length && isUtf8(content)) || this.text.push(content);
  }

  private tooLarge(): WebSocketError {
    return new WebSocketError(
      1009,
      `a message of more than ${plural(this.options.limit, 'byte')} (websocket_message_limit)`,
    );
  }
}

function notUtf8(): WebSocketError {
  return new WebSocketError(1007, 'text that is not UTF-8');
}

/** Content size from which an incomplete message is passed on in parts. */
const PART = 256 * 1024;

/** Minimum length of a frame's head in bytes, so that empty frames add to `total` as well. */
const FRAME_HEAD = 2;

/** Legitimate content hardly compresses this well; the maximum of DEFLATE is 1032. */
const BOMB_RATIO = 100;

/** Validates text that arrives in pieces, which may end within a character (RFC 3629). */
export class Utf8Checker {
  /** The bytes of an incomplete character. */
  private rest: Buffer = NOTHING;

  /** @returns false as soon as the bytes so far cannot become valid text */
  push(bytes: Buffer): boolean {
    if (bytes.length === 0) return true;
    const text = this.rest.length > 0 ? Buffer.concat([this.rest, bytes]) : bytes;
    const cut = text.length - openEnd(text);
    if (cut > 0 && !isUtf8(cut === text.length ? text : text.subarray(0, cut))) return false;
    this.rest = cut === text.length ? NOTHING : Buffer.from(text.subarray(cut));
    return couldBegin(this.rest);
  }

  /** Ends the text. @returns whether it was complete */
  end(): boolean {
    const isComplete = this.rest.length === 0;
    this.rest = NOTHING;
    return isComplete;
  }
}

/** The number of bytes at the end that are an incomplete character. */
function openEnd(text: Buffer): number {
  for (let back = 1; back <= 3 && back <= text.length; back++) {
    const byte = text[text.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

/** Whether a valid character can begin with these bytes: neither overlong, nor a surrogate, nor beyond U+10FFFF. */
function couldBegin(bytes: Buffer): boolean {
  if (bytes.length === 0) return true;
  const [first, second] = bytes as unknown as [number, number | undefined];
  if (first < 0xc2 || first > 0xf4) return false;
  if (second === undefined) return true;
  if (first === 0xe0) return second >= 0xa0;
  if (first === 0xed) return second < 0xa0;
  if (first === 0xf0) return second >= 0x90;
  return first !== 0xf4 || second < 0x90;
}

const NOTHING: Buffer = Buffer.alloc(0);
