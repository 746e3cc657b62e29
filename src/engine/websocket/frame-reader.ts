import { WebSocketError } from './websocket-error.js';

/** Opcodes (RFC 6455 section 11.8). */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Gets the frames of one direction as they come in. Positions are those in the chunk at hand. */
export interface FrameSink {
  /** The head of a frame was read; the fields of the reader describe it. @returns false to leave the rest of the bytes alone */
  frameBegins(): boolean;
  /** A part of its payload, masked as it came. It is called for a whole frame in one part if the frame came so. */
  framePayload(bytes: Buffer, from: number, to: number): void;
  /** @param end of the frame */
  frameEnds(bytes: Buffer, end: number): void;
}

/** Tells the frames in a stream of bytes (RFC 6455 section 5.2). The fields describe the frame at hand. */
export class FrameReader {
  fin = false;
  /** The bits RSV1, RSV2 and RSV3 as 4, 2 and 1. */
  reserved = 0;
  opcode = 0;
  isMasked = false;
  /** Masking key; it holds for masked frames only. */
  readonly key: Buffer = Buffer.alloc(4);
  /** Bytes of the payload. */
  length = 0;
  /** Bytes of the payload that were passed on before. */
  passed = 0;
  /** Where the frame begins in the chunk at hand; negative if it began in an earlier one. */
  start = 0;
  private readonly head = Buffer.alloc(LONGEST_HEAD);
  /** Bytes of a head that is not complete. */
  private headLength = 0;
  private inPayload = false;

  /** Whether the last byte was the end of a frame. */
  get atBoundary(): boolean {
    return !this.inPayload && this.headLength === 0;
  }

  /** @throws WebSocketError if a length is impossible, or what the sink throws */
  read(chunk: Buffer, sink: FrameSink): void {
    let at = 0;
    this.start = -1;
    for (;;) {
      if (!this.inPayload) {
        if (at === chunk.length) return;
        if (this.headLength === 0) this.start = at;
        const next = this.readHead(chunk, at);
        if (next === 0) return;
        at = next;
        if (!sink.frameBegins()) return;
        this.inPayload = true;
      }
      const end = Math.min(chunk.length, at + this.length - this.passed);
      if (end > at) {
        sink.framePayload(chunk, at, end);
        this.passed += end - at;
        at = end;
      }
      if (this.passed < this.length) return;
      this.inPayload = false;
      sink.frameEnds(chunk, at);
    }
  }

  /** @returns where the payload begins; 0 if the head is not complete */
  private readHead(chunk: Buffer, at: number): number {
    if (this.headLength === 0 && chunk.length - at >= LONGEST_HEAD) return at + this.parseHead(chunk, at);
    let position = at;
    do {
      if (position === chunk.length) return 0;
      this.head[this.headLength++] = chunk[position++]!;
    } while (this.headLength < 2 || this.headLength < headSize(this.head[1]!));
    this.headLength = 0;
    this.parseHead(this.head, 0);
    return position;
  }

  /** @returns bytes of the head */
  private parseHead(bytes: Buffer, at: number): number {
    const first = bytes[at]!;
    const second = bytes[at + 1]!;
    const size = headSize(second);
    const length = second & 0x7f;
    this.fin = (first & 0x80) !== 0;
    this.reserved = (first >> 4) & 7;
    this.opcode = first & 0x0f;
    this.isMasked = (second & 0x80) !== 0;
    this.passed = 0;
    if (length < 126) this.length = length;
    else if (length === 126) this.length = bytes.readUInt16BE(at + 2);
    else this.length = longLength(bytes, at + 2);
    if (this.isMasked) bytes.copy(this.key, 0, at + size - 4, at + size);
    return size;
  }
}

function headSize(second: number): number {
  const length = second & 0x7f;
  return 2 + (length === 127 ? 8 : length === 126 ? 2 : 0) + (second & 0x80 ? 4 : 0);
}

function longLength(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
  if (length >= 2 ** 63) throw new WebSocketError(1002, 'a frame whose length has its top bit set');
  if (length > Number.MAX_SAFE_INTEGER) throw new WebSocketError(1009, 'a frame that is too long to be counted');
  return length;
}

const LONGEST_HEAD = 14;
