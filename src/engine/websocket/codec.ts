import { LiveMessage } from '../../flow/message-log/live-message.js';
import type { MessageCodec, MessageSink } from '../relay/message-codec.js';
import { type CloseFrame, CONTROL_LIMIT, parseClose, WebSocketError } from './close-frame.js';
import type { Deflate } from './extensions.js';
import { FrameReader, type FrameSink, frameFault, OPCODE } from './frame-reader.js';
import { canDeflate, deflateMessage, encodeFrame } from './frame-writer.js';
import { masked } from './mask.js';
import { MessageReader } from './message-reader.js';
import { Pieces } from './pieces.js';

export interface WebSocketCodecOptions {
  fromClient: boolean;
  /** Compression of this direction, if negotiated. */
  deflate: Deflate | undefined;
  /** Whether addons may change messages. If not, frames are forwarded as received. */
  holds: boolean;
  /** Maximum bytes of a message that is held, or is a compression bomb. */
  limit: number;
  onClose: (close: CloseFrame) => void;
  /** Called for a protocol violation that the receiver will have to handle: further bytes are forwarded unparsed. */
  onFault: (fault: string) => void;
}

/** A message as received. */
interface Original {
  readonly content: Buffer;
  readonly frames: readonly Buffer[];
  readonly isCompressed: boolean;
}

/** Parses and writes the frames and messages of one direction of a WebSocket (RFC 6455 section 5). */
export class WebSocketCodec implements MessageCodec, FrameSink {
  private readonly frames = new FrameReader();
  private readonly message: MessageReader;
  private readonly control = new Pieces();
  /** While messages are held: the bytes of the current frame, and those of its message's earlier frames. */
  private readonly frameBytes = new Pieces();
  private readonly messageBytes = new Pieces();
  private readonly originals = new WeakMap<LiveMessage, Original>();
  /** The receiver got different content than the sender sent, so back references to it would be wrong. */
  private contextLost = false;
  /** Further bytes are not parsed: after a close frame, or a violation. */
  private isOpaque = false;
  /** Number of bytes of the current chunk that were forwarded or taken. */
  private done = 0;
  private to: MessageSink | undefined;
  private timestamp = 0;
  /** Bytes were refused and not forwarded. */
  private wasRefused = false;
  /** A part of the refused frame was forwarded. */
  private brokeWithinFrame = false;

  constructor(private readonly options: WebSocketCodecOptions) {
    const { fromClient, deflate, holds, limit } = options;
    this.message = new MessageReader({ fromClient, deflate, holds, limit, onPart: (part) => this.to!.note(part) });
  }

  get atBoundary(): boolean {
    if (this.isOpaque) return false;
    return this.options.holds || (this.frames.atBoundary && !this.message.isOpen);
  }

  /** Whether a control frame can follow the bytes forwarded so far. */
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

  /** The bytes before the refused frame are valid and are forwarded. */
  private refuse(chunk: Buffer, to: MessageSink): void {
    const { start } = this.frames;
    if (!this.options.holds && start > this.done) to.forward(chunk.subarray(this.done, start));
    this.brokeWithinFrame = !this.options.holds && start < 0;
    this.wasRefused = true;
    this.isOpaque = true;
  }

  /** Forwards all pending bytes; frames are no longer parsed. */
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
    // An uncompressed injected message does not change the compression context.
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

  /** Records the received part of an incomplete message. */
  end(to: MessageSink): void {
    this.to = to;
    if (!this.isOpaque && !this.options.holds) this.message.passPart();
  }
}
