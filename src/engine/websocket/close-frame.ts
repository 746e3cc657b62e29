import { encodeFrame, type FrameOptions } from './frame-writer.js';

/** Maximum payload of a control frame in bytes (RFC 6455 section 5.5). */
export const CONTROL_LIMIT = 125;

const OPCODE_CLOSE = 8;

/** Stands for a close frame without a code (RFC 6455 section 7.4.1). */
export const NO_CODE = 1005;

/** The content of a close frame (RFC 6455 section 5.5.1). */
export interface CloseFrame {
  code: number;
  reason: string;
}

export function parseClose(payload: Buffer): CloseFrame {
  if (payload.length < 2) return { code: NO_CODE, reason: '' };
  return { code: payload.readUInt16BE(0), reason: payload.toString('utf8', 2) };
}

export function encodeClose({ code, reason }: CloseFrame, { masks }: Pick<FrameOptions, 'masks'>): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code);
  payload.write(reason, 2);
  const options: FrameOptions = { opcode: OPCODE_CLOSE, masks };
  return Buffer.concat(encodeFrame(payload.subarray(0, CONTROL_LIMIT), options));
}

/** One side sent bytes that must not be forwarded, so tsdump ends the WebSocket. */
export class WebSocketError extends Error {
  override name = 'WebSocketError';
  /** @param code for the close frames (RFC 6455 section 7.4.1) */
  constructor(
    readonly code: 1002 | 1007 | 1009,
    message: string,
  ) {
    super(message);
  }
}
