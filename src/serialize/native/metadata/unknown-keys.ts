import { isDeepStrictEqual } from 'node:util';
import type { Schema, SchemaField, ValueCodec } from '../schema/field.js';
import { isMap, type MetadataMap } from './general-packer.js';
import type { MessagePackDecoder } from './msgpack-decoder.js';

/**
 * Whether metadata has keys that `keepUnknown` may have to copy. Finds them without unpacking the metadata.
 * @param input at the map of the schema
 * @param resolved number of certificate hashes whose chains the flow has
 */
export function hasUnknown(input: MessagePackDecoder, schema: Schema, resolved: number): boolean {
  let hashes = 0;
  const inMap = (map: Schema): boolean => {
    for (let left = input.map(); left > 0; left--) {
      const field = map.field(input.key());
      if (!field) return true;
      if (field.standsFor !== undefined && ++hashes > resolved) return true;
      if (inValue(field.codec.schema)) return true;
    }
    return false;
  };
  const inValue = (value: Schema | undefined): boolean => {
    if (value && input.isMap) return inMap(value);
    if (!value || !input.isList) {
      input.skip();
      return false;
    }
    for (let left = input.list(); left > 0; left--) if (inValue(value)) return true;
    return false;
  };
  return inMap(schema);
}

/** Whether the metadata made from a flow equals the metadata that the flow was read from, in the keys known to this version. */
export function sameKnown(made: MetadataMap, read: MetadataMap, schema: Schema): boolean {
  for (const key in made) if (!sameValue(made[key], read[key], schema.field(key)?.codec)) return false;
  for (const key in read) {
    const field = schema.field(key);
    if (field && !(key in made) && !isKept(field, made)) return false;
  }
  return true;
}

function sameValue(made: unknown, read: unknown, codec: ValueCodec<unknown> | undefined): boolean {
  const schema = codec?.schema;
  if (!schema) return isDeepStrictEqual(made, read);
  if (isMap(made) && isMap(read)) return sameKnown(made, read, schema);
  if (!Array.isArray(made) || !Array.isArray(read)) return made === read;
  return made.length === read.length && made.every((item, at) => sameValue(item, read[at], codec));
}

/** Copies the keys unknown to this version from the original metadata to the new metadata. */
export function keepUnknown(made: MetadataMap, read: MetadataMap, schema: Schema): void {
  for (const [key, value] of Object.entries(read)) {
    const field = schema.field(key);
    if (key in made) keepUnknownIn(made[key], value, field?.codec);
    else if (!field || isKept(field, made)) made[key] = value;
  }
}

function keepUnknownIn(made: unknown, read: unknown, codec: ValueCodec<unknown> | undefined): void {
  const { schema, itemKey } = codec ?? {};
  if (!schema) return;
  if (isMap(made) && isMap(read)) keepUnknown(made, read, schema);
  if (!Array.isArray(made) || !Array.isArray(read)) return;
  for (const [at, item] of made.entries()) {
    const other = itemKey ? read.find((one) => isMap(one) && one[itemKey] === item[itemKey]) : read[at];
    keepUnknownIn(item, other, codec);
  }
}

/** Whether a certificate hash is kept: the new metadata has no chain in its place. */
function isKept({ standsFor }: SchemaField<unknown>, made: MetadataMap): boolean {
  return standsFor !== undefined && !(standsFor in made);
}
