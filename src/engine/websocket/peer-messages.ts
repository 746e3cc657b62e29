import { CONTROL_LIMIT } from './close-frame.js';
import { FrameReader, type FrameSink, OPCODE } from './frame-reader.js';
import { masked } from './mask.js';
import { Pieces } from './pieces.js';

/** Receives the messages and control frames of the other side of a WebSocket. */
export interface PeerEvents {
  /** A message is complete. @param content undefined if it is compressed, too large or not wanted */
  message(opcode: number, content: Buffer | undefined): void;
  ping(content: Buffer): void;
  /** @param content of the close frame; see `parseClose` */
  close(content: Buffer): void;
}

/** The messages whose content is wanted. */
export interface WantedContent {
  wants(opcode: number): boolean;
  /** Maximum size in bytes. */
  readonly limit: number;
}

/**
 * The messages and control frames in the bytes of a WebSocket client or server, for a program that plays the other side.
 * Compressed content is not decoded.
 */
export class PeerMessages implements FrameSink {
  private readonly frames = new FrameReader();
  private readonly control = new Pieces();
  private readonly message = new Pieces();
  /** Of the current message. */
  private opcode = 0;
  private isKept = false;

  constructor(
    private readonly events: PeerEvents,
    private readonly content: WantedContent,
  ) {}

  /** @throws WebSocketError if a length is invalid */
  read(chunk: Buffer): void {
    this.frames.read(chunk, this);
  }

  frameBegins(): boolean {
    const { opcode, reserved } = this.frames;
    if (opcode === OPCODE.continuation || isControl(opcode)) return true;
    this.opcode = opcode;
    this.isKept = reserved === 0 && this.content.wants(opcode);
    return true;
  }

  framePayload(bytes: Buffer, from: number, to: number): void {
    const { opcode, passed } = this.frames;
    if (isControl(opcode)) {
      // A longer control frame is an error, which the session reports.
      if (passed < CONTROL_LIMIT) this.control.add(this.payload(bytes, from, to));
      return;
    }
    if (this.isKept && this.message.size + to - from > this.content.limit) {
      this.isKept = false;
      this.message.takeAll();
    }
    if (this.isKept) this.message.add(this.payload(bytes, from, to));
  }

  frameEnds(): void {
    const { opcode, fin } = this.frames;
    if (!isControl(opcode)) {
      if (fin) this.events.message(this.opcode, this.isKept ? this.message.take() : undefined);
      return;
    }
    const content = this.control.take();
    if (opcode === OPCODE.ping) this.events.ping(content);
    else if (opcode === OPCODE.close) this.events.close(content);
  }

  /** A copy, without its mask. */
  private payload(bytes: Buffer, from: number, to: number): Buffer {
    const { isMasked, key, passed } = this.frames;
    return isMasked ? masked(bytes, from, to, key, passed) : Buffer.from(bytes.subarray(from, to));
  }
}

function isControl(opcode: number): boolean {
  return opcode >= OPCODE.close;
}
