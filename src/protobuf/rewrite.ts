import { MAX_DEPTH } from './context.js';
import { isText } from './guess.js';
import { BYTES, readFields } from './wire.js';

/** Returns new content for a text or bytes value; undefined keeps it. */
export type Change = (content: Buffer, isText: boolean) => Buffer | undefined;

/** Maximum number of fields of one message. */
const MAX_FIELDS = 1_000_000;

/**
 * Changes the texts and bytes in a message, and updates the lengths of the messages around them.
 * @returns undefined if nothing was changed
 * @throws RangeError if a message has too many fields
 */
export function rewriteProtobuf(message: Buffer, change: Change, depth = 0): Buffer | undefined {
  const { fields, end } = readFields(message, MAX_FIELDS);
  if (fields.length === MAX_FIELDS) throw new RangeError('a message has too many fields');
  // The bytes are not a message, or nested too deeply. Text was handled by the caller.
  if (end < message.length || depth > MAX_DEPTH) return change(message, false);
  const parts: Buffer[] = [];
  let copied = 0;
  let start = 0;
  for (const field of fields) {
    const changed = 'bytes' in field ? changedContent(field.bytes, field.wire === BYTES, change, depth) : undefined;
    if (changed && 'bytes' in field) {
      parts.push(message.subarray(copied, start));
      if (field.wire === BYTES) parts.push(varint(field.number * 8 + BYTES), varint(changed.length), changed);
      else {
        const at = field.bytes.byteOffset - message.byteOffset;
        parts.push(message.subarray(start, at), changed, message.subarray(at + field.bytes.length, field.end));
      }
      copied = field.end;
    }
    start = field.end;
  }
  if (copied === 0) return undefined;
  parts.push(message.subarray(copied));
  return Buffer.concat(parts);
}

function changedContent(content: Buffer, mayBeText: boolean, change: Change, depth: number): Buffer | undefined {
  if (content.length === 0) return undefined;
  if (mayBeText && isText(content)) return change(content, true);
  return rewriteProtobuf(content, change, depth + 1);
}

/** Encodes an integer below 2^32. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
