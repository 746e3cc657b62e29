import { type FrameReader, OPCODE } from './frame-reader.js';

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
