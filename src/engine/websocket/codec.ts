import { LiveMessage } from '../../flow/body/live-message.js';
import type { Codec, MessageSink } from '../relay/codec.js';
import { type CloseFrame, CONTROL_LIMIT, parseClose } from './close-frame.js';
import type { Deflate } from './extensions.js';
import { FrameReader, type FrameSink, OPCODE } from './frame-reader.js';
import { frameFault } from './frame-rules.js';
import { canDeflate, deflateMessage, encodeFrame } from './frame-writer.js';
import { masked } from './mask.js';
import { MessageReader } from './message-reader.js';
import { Pieces } from './pieces.js';
import { WebSocketError } from './websocket-error.js';

export interface WebSocketCodecOptions {
  fromClient: boolean;
  /** How messages of this direction can be compressed. */
  deflate: Deflate | undefined;
  /** Whether addons may change messages. If not, frames go on as they come. */
  holds: boolean;
  /** Bytes of a message that is held, or is a compression bomb. */
  limit: number;
  onClose: (close: CloseFrame) => void;
  /** What the sender did wrong and the receiver will have to answer: from there on bytes go on as they are. */
  onFault: (fault: string) => void;
}

/** What a message was when it came. */
interface Original {
  readonly content: Buffer;
  readonly frames: readonly Buffer[];
  readonly isCompressed: boolean;
}

/** The frames of one direction of a WebSocket, and the messages in them (RFC 6455 section 5). */
export class WebSocketCodec implements Codec, FrameSink {
  private readonly frames = new FrameReader();
  private readonly message: MessageReader;
  private readonly control = new Pieces();
  /** While messages are held: the bytes of the frame at hand, and those of the frames before of its message. */
  private readonly frameBytes = new Pieces();
  private readonly messageBytes = new Pieces();
  private readonly originals = new WeakMap<LiveMessage, Original>();
  /** The receiver has seen other content than the sender has sent, so that references to it would be wrong. */
  private contextLost = false;
  /** From here on bytes have no meaning: behind a close frame, or a fault. */
  private isOpaque = false;
  /** Bytes of the chunk at hand that have gone on, or were taken. */
  private done = 0;
  private to: MessageSink | undefined;
  private timestamp = 0;
  /** Bytes were refused, and did not go on. */
  private wasRefused = false;
  /** A part of their frame has. */
  private brokeWithinFrame = false;

  constructor(private readonly options: WebSocketCodecOptions) {
    const { fromClient, deflate, holds, limit } = options;
    this.message = new MessageReader({ fromClient, deflate, holds, limit, onPart: (part) => this.to!.note(part) });
  }

  get atBoundary(): boolean {
    if (this.isOpaque) return false;
    return this.options.holds || (this.frames.atBoundary && !this.message.isOpen);
  }

  /** Whether a control frame can stand behind the bytes that have gone on so far. */
  get atFrameBoundary(): boolean {
    if (this.wasRefused) return !this.brokeWithinFrame;
    return !this.isOpaque && (this.options.holds || this.frames.atBoundary);
  }

  decode(chunk: Buffer, to: MessageSink): void {
    if (this.isOpaque) return to.forward(chunk);
    this.to = to;
    this.done = 0;
    this.timestamp = to.now();
    try {
      this.frames.read(chunk, this);
    } catch (error) {
      this.refuse(chunk, to);
      throw error;
    }
    if (this.isOpaque) this.forwardAll(chunk, to);
    else if (this.options.holds) this.frameBytes.add(chunk.subarray(this.done));
    else if (this.done < chunk.length) to.forward(this.done === 0 ? chunk : chunk.subarray(this.done));
  }

  /** What came before the frame at hand is right, and goes on. */
  private refuse(chunk: Buffer, to: MessageSink): void {
    const { start } = this.frames;
    if (!this.options.holds && start > this.done) to.forward(chunk.subarray(this.done, start));
    this.brokeWithinFrame = !this.options.holds && start < 0;
    this.wasRefused = true;
    this.isOpaque = true;
  }

  /** Gives up understanding frames. */
  private forwardAll(chunk: Buffer, to: MessageSink): void {
    for (const bytes of [...this.messageBytes.takeAll(), ...this.frameBytes.takeAll()]) to.forward(bytes);
    if (this.done < chunk.length) to.forward(chunk.subarray(this.done));
  }

  frameBegins(): boolean {
    const { frames, message, options } = this;
    if (this.isOpaque) return false;
    if (frames.isMasked !== options.fromClient) {
      throw new WebSocketError(1002, frames.isMasked ? 'a masked frame' : 'a frame without a mask');
    }
    const fault = frameFault(frames, message.isOpen, options.deflate !== undefined);
    if (fault) {
      this.isOpaque = true;
      options.onFault(fault);
      return false;
    }
    if (frames.opcode < OPCODE.close) message.beginFrame(frames, this.timestamp);
    return true;
  }

  framePayload(bytes: Buffer, from: number, to: number): void {
    const { frames } = this;
    const content = frames.isMasked ? masked(bytes, from, to, frames.key, frames.passed) : bytes.subarray(from, to);
    if (frames.opcode >= OPCODE.close) this.control.add(content);
    else this.message.add(content);
  }

  frameEnds(chunk: Buffer, end: number): void {
    const { frames, message, options, to } = this;
    if (options.holds) {
      this.frameBytes.add(chunk.subarray(this.done, end));
      this.done = end;
    }
    if (frames.opcode >= OPCODE.close) {
      this.controlEnds();
      return;
    }
    if (options.holds) for (const bytes of this.frameBytes.takeAll()) this.messageBytes.add(bytes);
    if (!frames.fin) return;
    const { isCompressed } = message;
    const whole = message.end();
    if (options.holds) this.offer(whole, this.messageBytes, isCompressed);
    else to!.note(whole);
    if (!to!.hasWaiting) return;
    to!.forward(chunk.subarray(this.done, end));
    this.done = end;
    to!.insertWaiting();
  }

  private controlEnds(): void {
    const { frames, options, timestamp, to } = this;
    const content = this.control.take();
    if (frames.opcode === OPCODE.close) {
      this.isOpaque = true;
      options.onClose(parseClose(content));
      return;
    }
    const message = new LiveMessage(options.fromClient, frames.opcode, timestamp, content);
    if (options.holds) this.offer(message, this.frameBytes, false);
    else to!.note(message);
  }

  private offer(message: LiveMessage, bytes: Pieces, isCompressed: boolean): void {
    const { content } = message;
    this.originals.set(message, { content, frames: bytes.takeAll(), isCompressed });
    this.to!.offer(message);
  }

  encode(message: LiveMessage): readonly Buffer[] {
    const { deflate, fromClient } = this.options;
    const original = this.originals.get(message);
    const isChanged = message.content !== original?.content;
    if (original && !isChanged && !(original.isCompressed && this.contextLost)) return original.frames;
    if (isChanged && original?.isCompressed) this.loseContext();
    if (message.opcode >= OPCODE.close) message.content = message.content.subarray(0, CONTROL_LIMIT);
    // An injected message that is not compressed leaves the context as it is.
    const wasCompressed = original ? original.isCompressed : deflate?.keepsContext === false;
    const isCompressed = deflate !== undefined && wasCompressed && message.opcode < OPCODE.close && canDeflate(deflate);
    const payload = isCompressed ? deflateMessage(message.content, deflate) : message.content;
    return encodeFrame(payload, { opcode: message.opcode, masks: fromClient, isCompressed });
  }

  dropped(message: LiveMessage): void {
    if (this.originals.get(message)?.isCompressed) this.loseContext();
  }

  private loseContext(): void {
    if (this.options.deflate!.keepsContext) this.contextLost = true;
  }

  /** What came of a message that was not completed is recorded. */
  end(to: MessageSink): void {
    this.to = to;
    if (!this.isOpaque && !this.options.holds) this.message.passPart();
  }
}
