import type { FrameReader, FrameSink } from '../../../engine/websocket/frame-reader.js';
import { FrameReader as Frames, OPCODE } from '../../../engine/websocket/frame-reader.js';

/** Receives the events in the frames of a server. */
export interface ServerEvents {
  /** Whether `onMessage` needs the content of texts. */
  readonly keepsText: boolean;
  /**
   * A text or binary message is complete.
   * @param text the content of a text message; undefined if it is compressed or large
   */
  onMessage(text: Buffer | undefined): void;
  onPing(content: Buffer): void;
  /** @param content of the close frame */
  onClose(content: Buffer): void;
}

/** Maximum bytes of a control frame (RFC 6455 section 5.5). The session reports longer ones as an error. */
const CONTROL_LIMIT = 125;

/** Maximum size of a text whose content is reported, in bytes. */
const TEXT_LIMIT = 1024 * 1024;

/** Finds the ends of messages and the control frames in the bytes of a server. Compressed content is not decoded. */
export class ServerMessages implements FrameSink {
  private readonly frames: FrameReader = new Frames();
  private control: Buffer[] = [];
  /** The content of the current message; undefined if it is not reported. */
  private text: Buffer[] | undefined;
  private textSize = 0;

  constructor(private readonly events: ServerEvents) {}

  read(bytes: Buffer): void {
    this.frames.read(bytes, this);
  }

  frameBegins(): boolean {
    this.control = [];
    const { opcode, reserved } = this.frames;
    if (opcode === OPCODE.text || opcode === OPCODE.binary) {
      this.text = this.events.keepsText && opcode === OPCODE.text && reserved === 0 ? [] : undefined;
      this.textSize = 0;
    }
    return true;
  }

  framePayload(bytes: Buffer, from: number, to: number): void {
    const { opcode, passed } = this.frames;
    if (opcode >= OPCODE.close && passed < CONTROL_LIMIT) this.control.push(Buffer.from(bytes.subarray(from, to)));
    if (opcode >= OPCODE.close || !this.text) return;
    this.textSize += to - from;
    if (this.textSize > TEXT_LIMIT) this.text = undefined;
    else this.text.push(Buffer.from(bytes.subarray(from, to)));
  }

  frameEnds(): void {
    const { opcode, fin } = this.frames;
    if (opcode === OPCODE.ping) this.events.onPing(Buffer.concat(this.control));
    else if (opcode === OPCODE.close) this.events.onClose(Buffer.concat(this.control));
    else if (opcode < OPCODE.close && fin) this.events.onMessage(this.text && Buffer.concat(this.text));
  }
}
