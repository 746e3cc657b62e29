import { Http2ConnectionError } from '../errors.js';
import { CODE, FLAG, MAX_WINDOW } from '../frames/constants.js';

/** The part of the field block in a HEADERS frame, without padding and priority (RFC 9113 section 6.2). @throws Http2ConnectionError */
export function fragmentOf(flags: number, payload: Buffer): Buffer {
  const start = priorityAt(flags) + (flags & FLAG.priority ? 5 : 0);
  const padding = flags & FLAG.padded ? (payload[0] ?? 0) : 0;
  if (start > payload.length) throw new Http2ConnectionError(CODE.frameSizeError, 'HEADERS of a wrong size');
  if (start + padding > payload.length) throw new Http2ConnectionError(CODE.protocolError, 'padding that is too long');
  return payload.subarray(start, payload.length - padding);
}

/** Whether a HEADERS frame makes its stream depend on itself (RFC 7540 section 5.3.1). */
export function isSelfDependent(flags: number, streamId: number, payload: Buffer): boolean {
  return (flags & FLAG.priority) !== 0 && (payload.readUInt32BE(priorityAt(flags)) & MAX_WINDOW) === streamId;
}

function priorityAt(flags: number): number {
  return flags & FLAG.padded ? 1 : 0;
}
