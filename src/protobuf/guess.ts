import { isUtf8 } from '../flow/runtime.js';
import { type DecodeContext, MAX_DEPTH } from './context.js';
import type { ProtobufValue } from './message.js';
import { floatOf, signed, unsigned, zigzag } from './scalars.js';
import { BYTES, FIXED32, FIXED64, readFields, VARINT, type WireField } from './wire.js';

/** The values of a field of unknown type. All values have the same type. */
export function guessValues(list: readonly WireField[], context: DecodeContext, depth: number): ProtobufValue[] {
  const contents: Buffer[] = [];
  for (const field of list) {
    if (field.wire !== BYTES) return list.map((each) => guessValue(each, context, depth));
    contents.push(field.bytes);
  }
  if (contents.every(isText)) return contents.map((bytes) => ({ kind: 'text', value: bytes.toString() }));
  return asMessages(contents, context, depth) ?? contents.map((bytes) => ({ kind: 'bytes', bytes }));
}

function guessValue(field: WireField, context: DecodeContext, depth: number): ProtobufValue {
  switch (field.wire) {
    case VARINT:
      return varint(field.low, field.high);
    case FIXED32:
      return fixed32(field.low);
    case FIXED64:
      return fixed64(field.low, field.high);
    case BYTES:
      if (isText(field.bytes)) return { kind: 'text', value: field.bytes.toString() };
      return asMessages([field.bytes], context, depth)?.[0] ?? { kind: 'bytes', bytes: field.bytes };
    default:
      return asMessages([field.bytes], context, depth)?.[0] ?? { kind: 'bytes', bytes: field.bytes };
  }
}

/** @returns undefined unless all of them are messages */
function asMessages(contents: readonly Buffer[], context: DecodeContext, depth: number): ProtobufValue[] | undefined {
  if (depth >= MAX_DEPTH) return undefined;
  // All are checked before any is decoded, so that each level looks at each byte once.
  const all: WireField[][] = [];
  for (const bytes of contents) {
    const { fields, end } = readFields(bytes, context.budget.fields);
    if (end < bytes.length) return undefined;
    context.budget.fields -= fields.length;
    all.push(fields as WireField[]);
  }
  return all.map((fields) => ({
    kind: 'message',
    message: { fields: context.group(fields, undefined, depth + 1), rest: undefined },
  }));
}

/** Whether bytes are UTF-8 with printable characters and white space only. */
export function isText(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte < 0x20 ? byte !== 9 && byte !== 10 && byte !== 13 : byte === 0x7f) return false;
  }
  return isUtf8(bytes);
}

function varint(low: number, high: number): ProtobufValue {
  const value = signed(low, high);
  if (value < 0) return { kind: 'number', value, note: `u64: ${unsigned(low, high)}` };
  return { kind: 'number', value, note: `sint: ${zigzag(low, high)}` };
}

function fixed32(low: number): ProtobufValue {
  const float = floatOf(low, 0, FIXED32);
  const integer = low | 0;
  const unsignedNote = `u32: ${low}`;
  if (isLikelyFloat(float)) {
    const note = integer < 0 ? `${unsignedNote}, i32: ${integer}` : unsignedNote;
    return { kind: 'number', value: float, float: true, tag: 'fixed32', note };
  }
  if (integer < 0) return { kind: 'number', value: integer, tag: 'fixed32', note: unsignedNote };
  return { kind: 'number', value: low, tag: 'fixed32' };
}

function fixed64(low: number, high: number): ProtobufValue {
  const float = floatOf(low, high, FIXED64);
  const integer = signed(low, high);
  const unsignedNote = `u64: ${unsigned(low, high)}`;
  if (isLikelyFloat(float)) {
    const note = integer < 0 ? `${unsignedNote}, i64: ${integer}` : unsignedNote;
    return { kind: 'number', value: float, float: true, tag: 'fixed64', note };
  }
  if (integer < 0) return { kind: 'number', value: integer, tag: 'fixed64', note: unsignedNote };
  return { kind: 'number', value: integer, tag: 'fixed64' };
}

/** Whether the bits are probably those of a floating-point number, not of an integer. */
function isLikelyFloat(value: number): boolean {
  const size = Math.abs(value);
  return size === 0 ? Object.is(value, -0) : size >= 1e-9 && size < 1e15;
}
