import type { ProtobufField, ProtobufMessage, ProtobufValue } from './message.js';

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/**
 * A message as a value of JSON. Names are taken from the definitions; unknown fields have their numbers. Integers beyond 2^53
 * are text, and bytes Base64, as in the JSON form of Protobuf.
 */
export function messageJson(message: ProtobufMessage): { [name: string]: Json } {
  const object: { [name: string]: Json } = Object.create(null);
  for (const field of message.fields) object[field.name] = fieldJson(field);
  return object;
}

function fieldJson({ values, repeated }: ProtobufField): Json {
  return repeated ? values.map(valueJson) : valueJson(values.at(-1)!);
}

function valueJson(value: ProtobufValue): Json {
  switch (value.kind) {
    case 'message':
      return messageJson(value.message);
    case 'bytes':
      return value.bytes.toString('base64');
    case 'number':
      return typeof value.value === 'bigint' ? String(value.value) : finite(value.value);
    case 'literal':
      return typeof value.value === 'number' ? finite(value.value) : value.value;
    case 'text':
      return value.value;
  }
}

/** JSON has no NaN and no infinities: they become strings. */
function finite(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
