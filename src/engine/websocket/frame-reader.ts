import { WebSocketError } from './close-frame.js';

/** Opcodes (RFC 6455 section 11.8). */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Receives the frames of one direction. Offsets refer to the current chunk. */
export interface FrameSink {
  /** A frame's head was read; the reader's fields describe it. @returns false to stop reading */
  frameBegins(): boolean;
  /** A part of the payload, still masked. A frame that arrived whole is passed in one call. */
  framePayload(bytes: Buffer, from: number, to: number): void;
  /** @param end of the frame */
  frameEnds(bytes: Buffer, end: number): void;
}

/** Splits a byte stream into frames (RFC 6455 section 5.2). The fields describe the current frame. */
export class FrameReader {
  fin = false;
  /** The bits RSV1, RSV2 and RSV3 as 4, 2 and 1. */
  reserved = 0;
  opcode = 0;
  isMasked = false;
  /** Masking key; valid for masked frames only. */
  readonly key: Buffer = Buffer.alloc(4);
  /** Length of the payload in bytes. */
  length = 0;
  /** Number of payload bytes passed on so far. */
  passed = 0;
  /** Offset of the frame in the current chunk; negative if it began in an earlier one. */
  start = 0;
  private readonly head = Buffer.alloc(LONGEST_HEAD);
  /** Number of bytes of an incomplete head. */
  private headLength = 0;
  private inPayload = false;

  /** Whether the last byte was the end of a frame. */
  get atBoundary(): boolean {
    return !this.inPayload && this.headLength === 0;
  }

  /** @throws WebSocketError if a length is invalid, or the error of the sink */
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

  /** @returns the offset of the payload; 0 if the head is incomplete */
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

  /** @returns the length of the head in bytes */
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

/**
 * The violation for which a frame's receiver must fail the connection (RFC 6455 section 5), if any. We leave that to
 * the receiver: it may have responses to send first.
 * @param inMessage whether a message is incomplete
 */
export function frameFault(frame: FrameReader, inMessage: boolean, canBeCompressed: boolean): string | undefined {
  const { opcode, reserved, fin, length } = frame;
  if (opcode >= OPCODE.close) {
    if (opcode > OPCODE.pong) return `a frame with the reserved opcode ${opcode}`;
    if (reserved !== 0) return 'a control frame with reserved bits';
    if (!fin) return 'a control frame in fragments';
    if (length > 125) return 'a control frame of more than 125 bytes';
    return opcode === OPCODE.close && length === 1 ? 'a close frame with half a code' : undefined;
  }
  if (opcode > OPCODE.binary) return `a frame with the reserved opcode ${opcode}`;
  const mayBeSet = canBeCompressed && opcode !== OPCODE.continuation ? RSV1 : 0;
  if (reserved & ~mayBeSet) return 'a frame with reserved bits';
  if (opcode === OPCODE.continuation) return inMessage ? undefined : 'a fragment of no message';
  return inMessage ? 'a message within another one' : undefined;
}

/** Marks the first frame of a compressed message (RFC 7692 section 6). */
export const RSV1 = 4;
