import { constants, deflateRawSync } from 'node:zlib';

export interface FrameSpec {
  opcode: number;
  payload?: string | Buffer;
  fin?: boolean;
  /** The bits RSV1 to RSV3 as 4, 2 and 1. */
  reserved?: number;
  /** The masking key; clients have one. */
  key?: Buffer;
}

export const KEY = Buffer.from('a1b2c3d4', 'hex');
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** The bytes of a frame (RFC 6455 section 5.2). */
export function frame({ opcode, payload = '', fin = true, reserved = 0, key }: FrameSpec): Buffer {
  const content = Buffer.from(payload as string);
  const { length } = content;
  const size = length < 126 ? Buffer.of(length) : Buffer.alloc(length < 65_536 ? 3 : 9);
  if (size.length === 3) {
    size[0] = 126;
    size.writeUInt16BE(length, 1);
  } else if (size.length === 9) {
    size[0] = 127;
    size.writeBigUInt64BE(BigInt(length), 1);
  }
  if (key) size[0]! |= 0x80;
  const body = key ? content.map((byte, at) => byte ^ key[at % 4]!) : content;
  return Buffer.concat([Buffer.of((fin ? 0x80 : 0) | (reserved << 4) | opcode), size, key ?? Buffer.alloc(0), body]);
}

/** A message in fragments of so many bytes. */
export function fragments(opcode: number, content: Buffer, size: number, reserved = 0, key?: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at === 0 || at < content.length; at += size) {
    const payload = content.subarray(at, at + size);
    const rest = { fin: at + size >= content.length, ...(key && { key }) };
    frames.push(frame({ opcode: at === 0 ? opcode : 0, payload, reserved: at === 0 ? reserved : 0, ...rest }));
  }
  return frames;
}

/** A message as permessage-deflate compresses it, without a reference to another. */
export function deflated(content: string | Buffer, dictionary?: Buffer): Buffer {
  if (content.length === 0) return Buffer.of(0);
  const options = { finishFlush: constants.Z_SYNC_FLUSH, ...(dictionary && { dictionary }) };
  return deflateRawSync(Buffer.from(content as string), options).subarray(0, -4);
}

export function closePayload(code: number, reason = ''): Buffer {
  return Buffer.concat([Buffer.of(code >> 8, code & 255), Buffer.from(reason)]);
}

export interface Parsed {
  opcode: number;
  fin: boolean;
  reserved: number;
  masked: boolean;
  payload: Buffer;
}

/** The frames in bytes that end with one. */
export function parseFrames(bytes: Buffer): Parsed[] {
  const frames: Parsed[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [first, second] = [bytes[at]!, bytes[at + 1]!];
    at += 2;
    let length = second & 127;
    if (length === 126) length = bytes.readUInt16BE(at);
    else if (length === 127) length = Number(bytes.readBigUInt64BE(at));
    at += (second & 127) < 126 ? 0 : (second & 127) === 126 ? 2 : 8;
    const masked = second >= 128;
    const key = masked ? bytes.subarray(at, at + 4) : Buffer.alloc(4);
    if (masked) at += 4;
    const payload = Buffer.from(bytes.subarray(at, at + length).map((byte, index) => byte ^ key[index % 4]!));
    at += length;
    frames.push({ opcode: first & 15, fin: first >= 128, reserved: (first >> 4) & 7, masked, payload });
  }
  return frames;
}
