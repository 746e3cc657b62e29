import { type Budget, type DecodeContext, MAX_DEPTH } from './context.js';
import type { Definitions, FieldType, MessageType } from './definitions/definitions.js';
import { guessValues } from './guess.js';
import type { ProtobufField, ProtobufMessage, ProtobufValue } from './message.js';
import { readPacked, readScalar } from './scalars.js';
import { wellKnown } from './well-known.js';
import { BYTES, readFields, type WireField } from './wire.js';

/** Maximum number of fields of one message, including those of nested messages. */
export const MAX_FIELDS = 200_000;

/**
 * Decodes a message, by its type if that is known. Fields that are not in the type, or have another wire type, are decoded by
 * their wire type alone. It never throws: invalid content is kept as bytes.
 * @param budget may be shared by several messages
 */
export function decodeProtobuf(
  content: Buffer,
  type?: MessageType,
  definitions?: Definitions,
  budget: Budget = { fields: MAX_FIELDS },
): ProtobufMessage {
  const context: DecodeContext = {
    definitions,
    budget,
    decode: (bytes, inner, depth) => decodeAt(bytes, inner, context, depth),
    group: (wire, inner, depth) => groupFields(wire, inner, context, depth),
  };
  return decodeAt(content, type, context, 0);
}

function decodeAt(
  content: Buffer,
  type: MessageType | undefined,
  context: DecodeContext,
  depth: number,
): ProtobufMessage {
  const { fields, end } = readFields(content, context.budget.fields);
  context.budget.fields -= fields.length;
  const rest = end < content.length ? content.subarray(end) : undefined;
  return { fields: groupFields(fields, type, context, depth), rest };
}

function groupFields(
  wire: readonly WireField[],
  type: MessageType | undefined,
  context: DecodeContext,
  depth: number,
): ProtobufField[] {
  const byNumber = new Map<number, WireField[]>();
  for (const field of wire) {
    const list = byNumber.get(field.number);
    if (list) list.push(field);
    else byNumber.set(field.number, [field]);
  }
  const fields: ProtobufField[] = [];
  for (const [number, list] of byNumber) {
    const known = type?.fields.get(number);
    const typed = known && readTyped(list, known, context, depth);
    if (typed) fields.push({ name: known.name, number, ...typed });
    else
      fields.push({
        name: String(number),
        number,
        values: guessValues(list, context, depth),
        repeated: list.length > 1,
      });
  }
  return fields;
}

/** @returns undefined if the wire types are not those of the field's type */
function readTyped(
  list: readonly WireField[],
  field: FieldType,
  context: DecodeContext,
  depth: number,
): { values: ProtobufValue[]; repeated: boolean } | undefined {
  if (field.key) return readMap(list, field, context, depth);
  const { type } = field;
  const values: ProtobufValue[] = [];
  for (const each of list) {
    if (typeof type === 'object' && type.kind === 'message') {
      if (!('bytes' in each)) return undefined;
      values.push(nested(each.bytes, type, context, depth));
      continue;
    }
    const value = readScalar(each, type);
    if (value) values.push(value);
    else {
      const packed = each.wire === BYTES && field.repeated ? readPacked(each.bytes, type, context.budget) : undefined;
      if (!packed) return undefined;
      for (const one of packed) values.push(one);
    }
  }
  return { values, repeated: field.repeated || list.length > 1 };
}

function nested(bytes: Buffer, type: MessageType, context: DecodeContext, depth: number): ProtobufValue {
  if (depth >= MAX_DEPTH) return { kind: 'bytes', bytes, note: 'nested too deeply' };
  return (
    wellKnown(bytes, type, context, depth) ?? { kind: 'message', message: decodeAt(bytes, type, context, depth + 1) }
  );
}

/** Entries of a map are messages with the fields 1 and 2 ("Encoding", Maps). */
function readMap(
  list: readonly WireField[],
  { key, type }: FieldType,
  context: DecodeContext,
  depth: number,
): { values: ProtobufValue[]; repeated: false } | undefined {
  if (depth >= MAX_DEPTH) return undefined;
  const entryType: MessageType = {
    kind: 'message',
    name: '',
    fields: new Map([
      [1, { name: 'key', type: key!, repeated: false, key: undefined }],
      [2, { name: 'value', type, repeated: false, key: undefined }],
    ]),
  };
  const fields: ProtobufField[] = [];
  for (const each of list) {
    if (each.wire !== BYTES) return undefined;
    const entry = decodeAt(each.bytes, entryType, context, depth + 1);
    // What is no entry, or beyond the limit, would be lost.
    if (entry.rest || entry.fields.some((field) => field.number > 2)) return undefined;
    const [keyField, valueField] = [
      entry.fields.find(({ name }) => name === 'key'),
      entry.fields.find(({ name }) => name === 'value'),
    ];
    const name = keyField ? keyText(keyField.values.at(-1)!) : emptyKey(key!);
    const value = valueField?.values.at(-1) ?? absentValue(type);
    fields.push({ name, number: fields.length + 1, values: [value], repeated: false });
  }
  return { values: [{ kind: 'message', message: { isMap: true, fields, rest: undefined } }], repeated: false };
}

function keyText(key: ProtobufValue): string {
  if (key.kind === 'message') return '';
  return key.kind === 'bytes' ? key.bytes.toString('latin1') : String(key.value);
}

function emptyKey(type: string): string {
  if (type === 'string') return '';
  return type === 'bool' ? 'false' : '0';
}

/** The default of a value that is not sent. */
function absentValue(type: FieldType['type']): ProtobufValue {
  if (type === 'string') return { kind: 'text', value: '' };
  if (type === 'bytes') return { kind: 'bytes', bytes: Buffer.alloc(0) };
  if (type === 'bool') return { kind: 'literal', value: false };
  if (typeof type === 'string') return { kind: 'number', value: 0 };
  if (type.kind === 'enum') return { kind: 'literal', value: type.names.get(0) ?? 0 };
  return { kind: 'message', message: { fields: [], rest: undefined } };
}
