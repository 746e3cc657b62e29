import type { Budget } from './context.js';
import type { EnumType, ScalarType } from './definitions/definitions.js';
import type { ProtobufValue } from './message.js';
import { Cursor, FIXED32, FIXED64, VARINT, type WireField } from './wire.js';

const WIRE_TYPES: Readonly<Record<ScalarType, number>> = {
  double: 1,
  float: 5,
  int32: 0,
  int64: 0,
  uint32: 0,
  uint64: 0,
  sint32: 0,
  sint64: 0,
  fixed32: 5,
  fixed64: 1,
  sfixed32: 5,
  sfixed64: 1,
  bool: 0,
  string: 2,
  bytes: 2,
};

/** Reads a value of a known type. @returns undefined if it has another wire type */
export function readScalar(field: WireField, type: ScalarType | EnumType): ProtobufValue | undefined {
  const wire = typeof type === 'string' ? WIRE_TYPES[type] : VARINT;
  if (field.wire !== wire) return undefined;
  if (field.wire === 2) {
    if (type === 'bytes') return { kind: 'bytes', bytes: field.bytes };
    return { kind: 'text', value: field.bytes.toString() };
  }
  return field.wire === 3 ? undefined : readNumber(field.low, field.high, type);
}

/** The values of a repeated field in packed form ("Encoding", Packed). @returns undefined if they are invalid */
export function readPacked(bytes: Buffer, type: ScalarType | EnumType, budget: Budget): ProtobufValue[] | undefined {
  const wire = typeof type === 'string' ? WIRE_TYPES[type] : VARINT;
  if (wire !== VARINT && wire !== FIXED32 && wire !== FIXED64) return undefined;
  const values: ProtobufValue[] = [];
  const cursor = new Cursor(bytes);
  while (cursor.at < bytes.length) {
    const halves = wire === VARINT ? cursor.varint() : cursor.fixed(wire === FIXED64 ? 8 : 4);
    if (!halves || budget.fields-- <= 0) return undefined;
    values.push(readNumber(halves.low, halves.high, type));
  }
  return values;
}

function readNumber(low: number, high: number, type: ScalarType | EnumType): ProtobufValue {
  if (typeof type === 'object') {
    const number = low | 0;
    return { kind: 'literal', value: type.names.get(number) ?? number };
  }
  switch (type) {
    case 'bool':
      return { kind: 'literal', value: low !== 0 || high !== 0 };
    case 'float':
    case 'double':
      return { kind: 'literal', value: floatOf(low, high, type === 'float' ? FIXED32 : FIXED64) };
    case 'int32':
    case 'sfixed32':
      return { kind: 'number', value: low | 0 };
    case 'uint32':
    case 'fixed32':
      return { kind: 'number', value: low };
    case 'sint32':
      return { kind: 'number', value: (low >>> 1) ^ -(low & 1) };
    case 'sint64':
      return { kind: 'number', value: zigzag(low, high) };
    case 'uint64':
    case 'fixed64':
      return { kind: 'number', value: unsigned(low, high) };
    default:
      return { kind: 'number', value: signed(low, high) };
  }
}

const scratch = (): DataView => new DataView(new ArrayBuffer(8));

/** The floating-point number with these bits. A float has its shortest decimal form, as in other languages. */
export function floatOf(low: number, high: number, wire: number): number {
  const view = scratch();
  if (wire === FIXED32) {
    view.setUint32(0, low);
    return shortest(view.getFloat32(0));
  }
  view.setUint32(0, high);
  view.setUint32(4, low);
  return view.getFloat64(0);
}

function shortest(value: number): number {
  if (!Number.isFinite(value)) return value;
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return value;
}

export function unsigned(low: number, high: number): number | bigint {
  if (high < 0x20_0000) return high * 0x1_0000_0000 + low;
  return (BigInt(high) << 32n) | BigInt(low);
}

export function signed(low: number, high: number): number | bigint {
  if (high < 0x8000_0000) return unsigned(low, high);
  const value = BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
  return value >= BigInt(Number.MIN_SAFE_INTEGER) ? Number(value) : value;
}

export function zigzag(low: number, high: number): number | bigint {
  const bits = (BigInt(high) << 32n) | BigInt(low);
  const value = BigInt.asIntN(64, (bits >> 1n) ^ -(bits & 1n));
  const isSafe = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
  return isSafe ? Number(value) : value;
}
