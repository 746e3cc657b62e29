/** Wire types ("Protocol Buffers Encoding"). */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
const GROUP = 3;
const GROUP_END = 4;
export const FIXED32 = 5;

/** A field of the wire format. Numbers are two unsigned 32-bit halves, because most fit into the lower one. */
export type WireField = { readonly number: number /** Offset of the next field. */; readonly end: number } & (
  | { readonly wire: 0 | 1 | 5; readonly low: number; readonly high: number }
  | { readonly wire: 2; readonly bytes: Buffer }
  | { readonly wire: 3; readonly bytes: Buffer }
);

export interface WireFields {
  readonly fields: readonly WireField[];
  /** The offset at which reading stopped: the length of the message, if it is valid. */
  readonly end: number;
}

/** The largest field number, 2^29 - 1. */
const LARGEST_NUMBER = 536_870_911;
/** Maximum nesting of groups, as in Protobuf's own implementations. */
const MAX_GROUPS = 100;

/**
 * Reads the fields of a message, without parsing their content. A group is read like a nested message: its fields are its
 * content.
 * @param most maximum number of fields to read
 */
export function readFields(message: Buffer, most: number): WireFields {
  const fields: WireField[] = [];
  const cursor = new Cursor(message);
  let end = 0;
  while (cursor.at < message.length && fields.length < most) {
    const field = readField(cursor);
    if (!field) break;
    fields.push(field);
    end = cursor.at;
  }
  return { fields, end };
}

function readField(cursor: Cursor): WireField | undefined {
  const tag = cursor.varint();
  if (tag?.high !== 0) return undefined;
  const number = tag.low >>> 3;
  const wire = tag.low & 7;
  if (number === 0 || number > LARGEST_NUMBER) return undefined;
  if (wire === GROUP) {
    const bytes = cursor.group(number);
    return bytes && { number, wire, bytes, end: cursor.at };
  }
  if (wire === BYTES) {
    const bytes = cursor.bytes();
    return bytes && { number, wire, bytes, end: cursor.at };
  }
  if (wire !== VARINT && wire !== FIXED64 && wire !== FIXED32) return undefined;
  const value = wire === VARINT ? cursor.varint() : cursor.fixed(wire === FIXED64 ? 8 : 4);
  return value && { number, wire, low: value.low, high: value.high, end: cursor.at };
}

interface Halves {
  readonly low: number;
  readonly high: number;
}

/** Reads a message from its start to its end. All methods return undefined for invalid bytes. */
export class Cursor {
  at = 0;

  constructor(private readonly message: Buffer) {}

  /** A varint of at most ten bytes; excess bits beyond 64 are dropped, as in Protobuf. */
  varint(): Halves | undefined {
    const { message } = this;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = message[this.at++];
      if (byte === undefined) return undefined;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (shift < 63) high |= bits << (shift - 32);
      else high |= (bits & 1) << 31;
      if (byte < 0x80) return { low: low >>> 0, high: high >>> 0 };
    }
    return undefined;
  }

  fixed(size: 4 | 8): Halves | undefined {
    const { message, at } = this;
    if (at + size > message.length) return undefined;
    this.at += size;
    return { low: message.readUInt32LE(at), high: size === 8 ? message.readUInt32LE(at + 4) : 0 };
  }

  bytes(): Buffer | undefined {
    const length = this.varint();
    if (length?.high !== 0 || length.low > this.message.length - this.at) return undefined;
    const start = this.at;
    this.at += length.low;
    return this.message.subarray(start, this.at);
  }

  /** Skips to the end of a group, including nested groups. @returns its content */
  group(number: number): Buffer | undefined {
    const start = this.at;
    const open = [number];
    while (open.length <= MAX_GROUPS) {
      const before = this.at;
      const tag = this.varint();
      if (tag?.high !== 0) return undefined;
      const wire = tag.low & 7;
      if (wire === GROUP) open.push(tag.low >>> 3);
      else if (wire === GROUP_END) {
        if (open.pop() !== tag.low >>> 3) return undefined;
        if (open.length === 0) return this.message.subarray(start, before);
      } else if (!this.skip(wire)) return undefined;
    }
    return undefined;
  }

  private skip(wire: number): unknown {
    if (wire === VARINT) return this.varint();
    if (wire === BYTES) return this.bytes();
    if (wire === FIXED64) return this.fixed(8);
    return wire === FIXED32 ? this.fixed(4) : undefined;
  }
}
