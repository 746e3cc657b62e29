import type { FrameReader, FrameSink } from '../../../engine/websocket/frame-reader.js';
import { FrameReader as Frames, OPCODE } from '../../../engine/websocket/frame-reader.js';

/** Receives the events in the frames of a server. */
export interface ServerEvents {
  /** A text or binary message is complete. */
  onMessage(): void;
  onPing(content: Buffer): void;
  /** @param content of the close frame */
  onClose(content: Buffer): void;
}

/** Maximum bytes of a control frame (RFC 6455 section 5.5). The session reports longer ones as an error. */
const CONTROL_LIMIT = 125;

/** Finds the ends of messages and the control frames in the bytes of a server. Content is not decoded. */
export class ServerMessages implements FrameSink {
  private readonly frames: FrameReader = new Frames();
  private control: Buffer[] = [];

  constructor(private readonly events: ServerEvents) {}

  read(bytes: Buffer): void {
    this.frames.read(bytes, this);
  }

  frameBegins(): boolean {
    this.control = [];
    return true;
  }

  framePayload(bytes: Buffer, from: number, to: number): void {
    const { opcode, passed } = this.frames;
    if (opcode >= OPCODE.close && passed < CONTROL_LIMIT) this.control.push(Buffer.from(bytes.subarray(from, to)));
  }

  frameEnds(): void {
    const { opcode, fin } = this.frames;
    if (opcode === OPCODE.ping) this.events.onPing(Buffer.concat(this.control));
    else if (opcode === OPCODE.close) this.events.onClose(Buffer.concat(this.control));
    else if (opcode < OPCODE.close && fin) this.events.onMessage();
  }
}
