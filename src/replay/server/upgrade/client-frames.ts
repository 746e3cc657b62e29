import { parseClose } from '../../../engine/websocket/close-frame.js';
import { FrameReader, type FrameSink, OPCODE } from '../../../engine/websocket/frame-reader.js';
import { masked } from '../../../engine/websocket/mask.js';
import { Pieces } from '../../../engine/websocket/pieces.js';

/** Receives the messages and control frames of a WebSocket client. */
export interface ClientEvents {
  message(opcode: number, content: Buffer): void;
  ping(content: Buffer): void;
  close(code: number): void;
}

/** Parses the frames of a client, which are not compressed. */
export class ClientFrames implements FrameSink {
  private readonly reader = new FrameReader();
  private readonly message = new Pieces();
  private readonly control = new Pieces();
  private opcode = 0;

  constructor(private readonly events: ClientEvents) {}

  /** @throws WebSocketError if a length is invalid */
  read(chunk: Buffer): void {
    this.reader.read(chunk, this);
  }

  frameBegins(): boolean {
    const { opcode } = this.reader;
    if (!isControl(opcode) && opcode !== OPCODE.continuation) this.opcode = opcode;
    return true;
  }

  framePayload(bytes: Buffer, from: number, to: number): void {
    const { reader } = this;
    const payload = reader.isMasked
      ? masked(bytes, from, to, reader.key, reader.passed)
      : Buffer.from(bytes.subarray(from, to));
    (isControl(reader.opcode) ? this.control : this.message).add(payload);
  }

  frameEnds(): void {
    const { opcode, fin } = this.reader;
    if (!isControl(opcode)) {
      if (fin) this.events.message(this.opcode, this.message.take());
      return;
    }
    const content = this.control.take();
    if (opcode === OPCODE.ping) this.events.ping(content);
    else if (opcode === OPCODE.close) this.events.close(parseClose(content).code);
  }
}

function isControl(opcode: number): boolean {
  return opcode >= OPCODE.close;
}
