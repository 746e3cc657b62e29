import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync } from 'node:zlib';
import type { Deflate } from './extensions.js';
import { masked } from './mask.js';

export interface FrameOptions {
  opcode: number;
  /** Whether to mask the payload, as clients must. */
  masks: boolean;
  /** Whether the payload is compressed by permessage-deflate. */
  isCompressed?: boolean;
}

/** Encodes a message as one frame (RFC 6455 section 5.2). @returns the buffers to write, in order */
export function encodeFrame(payload: Buffer, { opcode, masks, isCompressed = false }: FrameOptions): Buffer[] {
  const { length } = payload;
  const head = Buffer.allocUnsafe(2 + (length < 126 ? 0 : length < 65_536 ? 2 : 8) + (masks ? 4 : 0));
  head[0] = 0x80 | (isCompressed ? 0x40 : 0) | opcode;
  const mask = masks ? 0x80 : 0;
  if (length < 126) head[1] = mask | length;
  else if (length < 65_536) {
    head[1] = mask | 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = mask | 127;
    head.writeUInt32BE(Math.floor(length / 2 ** 32), 2);
    head.writeUInt32BE(length % 2 ** 32, 6);
  }
  if (!masks) return [head, payload];
  const key = randomBytes(4);
  key.copy(head, head.length - 4);
  return [head, masked(payload, 0, length, key, 0)];
}

/** Whether zlib supports the window size: it does not support 256 bytes. */
export function canDeflate({ windowBits }: Deflate): boolean {
  return windowBits > 8;
}

/** Compresses a message without references to others (RFC 7692 section 7.2.1). */
export function deflateMessage(content: Buffer, { windowBits }: Deflate): Buffer {
  // zlib's output for empty input differs between its versions.
  if (content.length === 0) return EMPTY;
  return deflateRawSync(content, { windowBits, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -TAIL);
}

const EMPTY = Buffer.of(0);
/** Length of the final empty block, which is not sent. */
const TAIL = 4;
