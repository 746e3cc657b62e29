import { FLAG, FRAME, FRAME_HEAD } from './constants.js';

/** The head of a frame (RFC 9113 section 4.1). @param length of the payload */
export function frameHead(type: number, flags: number, streamId: number, length: number): Buffer {
  return fillHead(Buffer.allocUnsafe(FRAME_HEAD), type, flags, streamId, length);
}

function frame(type: number, flags: number, streamId: number, size: number): Buffer {
  return fillHead(Buffer.allocUnsafe(FRAME_HEAD + size), type, flags, streamId, size);
}

function fillHead(bytes: Buffer, type: number, flags: number, streamId: number, length: number): Buffer {
  bytes[0] = length >>> 16;
  bytes[1] = length >>> 8;
  bytes[2] = length;
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(streamId, 5);
  return bytes;
}

/** A field block as a HEADERS frame, and CONTINUATION frames if it is larger than one frame. */
export function headersFrames(streamId: number, block: Buffer, endStream: boolean, maxFrameSize: number): Buffer {
  const end = endStream ? FLAG.endStream : 0;
  if (block.length <= maxFrameSize) {
    const bytes = frame(FRAME.headers, end | FLAG.endHeaders, streamId, block.length);
    block.copy(bytes, FRAME_HEAD);
    return bytes;
  }
  const parts: Buffer[] = [];
  for (let at = 0; at < block.length; at += maxFrameSize) {
    const part = block.subarray(at, at + maxFrameSize);
    const isLast = at + maxFrameSize >= block.length;
    const type = at === 0 ? FRAME.headers : FRAME.continuation;
    const flags = (at === 0 ? end : 0) | (isLast ? FLAG.endHeaders : 0);
    parts.push(frameHead(type, flags, streamId, part.length), part);
  }
  return Buffer.concat(parts);
}

export function settingsFrame(settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const bytes = frame(FRAME.settings, 0, 0, settings.length * 6);
  let at = FRAME_HEAD;
  for (const [id, value] of settings) {
    at = bytes.writeUInt16BE(id, at);
    at = bytes.writeUInt32BE(value, at);
  }
  return bytes;
}

export function settingsAck(): Buffer {
  return frame(FRAME.settings, FLAG.ack, 0, 0);
}

/** @param data eight bytes */
export function pingFrame(data: Uint8Array): Buffer {
  return ping(data, 0);
}

/** @param data of the PING that it answers */
export function pingAck(data: Uint8Array): Buffer {
  return ping(data, FLAG.ack);
}

function ping(data: Uint8Array, flags: number): Buffer {
  const bytes = frame(FRAME.ping, flags, 0, 8);
  bytes.set(data, FRAME_HEAD);
  return bytes;
}

export function rstStreamFrame(streamId: number, code: number): Buffer {
  const bytes = frame(FRAME.rstStream, 0, streamId, 4);
  bytes.writeUInt32BE(code, FRAME_HEAD);
  return bytes;
}

export function windowUpdateFrame(streamId: number, increment: number): Buffer {
  const bytes = frame(FRAME.windowUpdate, 0, streamId, 4);
  bytes.writeUInt32BE(increment, FRAME_HEAD);
  return bytes;
}

/** @param lastStreamId the last stream of the peer that may have been processed @param debug text for the peer's log */
export function goAwayFrame(lastStreamId: number, code: number, debug = ''): Buffer {
  const bytes = frame(FRAME.goAway, 0, 0, 8 + debug.length);
  bytes.writeUInt32BE(lastStreamId, FRAME_HEAD);
  bytes.writeUInt32BE(code, FRAME_HEAD + 4);
  bytes.write(debug, FRAME_HEAD + 8, 'latin1');
  return bytes;
}
