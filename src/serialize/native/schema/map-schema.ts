import type { MessagePackDecoder } from '../metadata/msgpack-decoder.js';
import type { MessagePackEncoder } from '../metadata/msgpack-encoder.js';
import type { DecodingContext, EncodingContext, Schema, SchemaField, ValueCodec } from './field.js';

/** Creates the fields of a map that is written from a `Source` and read into a `Target`. */
export class FieldsOf<Source, Target> {
  /** A key that every writer writes. */
  required<Key extends keyof Target & string, Value>(
    key: Key,
    codec: ValueCodec<Value, NonNullable<Target[Key]>>,
    text: string,
    get: (source: Source, encoding: EncodingContext) => Value,
  ): SchemaField<Source> {
    return { key, codec, optional: false, text, standsFor: undefined, packed: packKey(key), get };
  }

  /** A key that is omitted if its value is undefined. @param standsFor see `Field` */
  optional<Key extends keyof Target & string, Value>(
    key: Key,
    codec: ValueCodec<Value, NonNullable<Target[Key]>>,
    text: string,
    get: (source: Source, encoding: EncodingContext) => Value | undefined,
    standsFor?: keyof Target & string,
  ): SchemaField<Source> {
    return { key, codec, optional: true, text, standsFor, packed: packKey(key), get };
  }
}

type Write<Source> = (out: MessagePackEncoder, source: Source, encoding: EncodingContext) => void;
/** Reads the leading fields in their order. @returns the number of remaining entries in the map */
type Read<Target> = (target: Target, input: MessagePackDecoder, decoding: DecodingContext) => number;

/**
 * A MessagePack map of the metadata. Encoding, decoding, the handling of unknown keys and the tables of `docs/flow-format.md`
 * are derived from its fields. Fields are written in their order. They are read in any order; this order is the fastest.
 */
export class MapSchema<Source, Target extends object, Result = Target> implements ValueCodec<Source, Result> {
  readonly type = 'map';
  readonly schema: Schema = this;
  readonly put: Write<Source>;
  private readonly takeOrdered: Read<Target>;
  private readonly byKey: ReadonlyMap<string, number>;

  /**
   * @param create creates the object that receives the values, in properties named like the keys
   * @param finish validates the object, and converts it to the result; throws FieldError
   */
  constructor(
    readonly fields: readonly SchemaField<Source>[],
    private readonly create: () => Target,
    private readonly finish?: (target: Target, decoding: DecodingContext) => Result,
  ) {
    this.put = unrolledWrite(fields);
    this.takeOrdered = unrolledRead(fields);
    this.byKey = new Map(fields.map(({ key }, at) => [key, at]));
  }

  /** The field of a key; undefined for an unknown key. */
  field(key: string): SchemaField<Source> | undefined {
    const at = this.byKey.get(key);
    return at === undefined ? undefined : this.fields[at];
  }

  take(input: MessagePackDecoder, decoding: DecodingContext): Result {
    const target = this.create();
    this.takeInto(target, input, decoding);
    return this.finish ? this.finish(target, decoding) : (target as unknown as Result);
  }

  /** Reads a map into an existing object. @throws FieldError */
  takeInto(target: Target, input: MessagePackDecoder, decoding: DecodingContext): void {
    const left = this.takeOrdered(target, input, decoding);
    if (left > 0) this.takeRest(left, target, input, decoding);
  }

  /** Reads entries in any order, and skips unknown ones. */
  private takeRest(entries: number, target: Target, input: MessagePackDecoder, decoding: DecodingContext): void {
    const values = target as Record<string, unknown>;
    for (let left = entries; left > 0; left--) {
      const field = this.field(input.key());
      if (field) values[field.key] = field.codec.take(input, decoding);
      else input.skip();
    }
  }
}

/**
 * Writes the fields one by one. Generated without a loop, as each recorded flow passes through it: V8 cannot inline the calls
 * in a loop over the fields, which takes a fifth more time. The only variable parts of the code are the numbers of the fields.
 */
function unrolledWrite<Source>(fields: readonly SchemaField<Source>[]): Write<Source> {
  const writes = fields.map(
    (_field, at) => `
      value = get${at}(source, encoding);
      if (value !== undefined) {
        out.putKey(key${at});
        codec${at}.put(out, value, encoding);
        size++;
      }`,
  );
  const code = `return (out, source, encoding) => {
      const start = out.beginMap();
      let size = 0, value;${writes.join('')}
      out.endMap(start, size);
    };`;
  const names = fields.flatMap((_field, at) => [`get${at}`, `key${at}`, `codec${at}`]);
  const make = new Function(...names, code) as (...values: unknown[]) => Write<Source>;
  return make(...fields.flatMap(({ get, packed, codec }) => [get, packed, codec]));
}

/** Reads the fields one by one, by generated code as in `unrolledWrite`: a loop over the fields takes twice the time. */
function unrolledRead<Target>(fields: readonly SchemaField<never>[]): Read<Target> {
  const reads = fields.map(
    ({ key }, at) => `
      if (left > 0 && input.isKey(key${at}, '${key}')) {
        target.${key} = codec${at}.take(input, decoding);
        left--;
      }`,
  );
  const code = `return (target, input, decoding) => {
      let left = input.map();${reads.join('')}
      return left;
    };`;
  const names = fields.flatMap((_field, at) => [`key${at}`, `codec${at}`]);
  const make = new Function(...names, code) as (...values: unknown[]) => Read<Target>;
  return make(...fields.flatMap(({ packed, codec }) => [packed, codec]));
}

/** @param key of at most 31 ASCII characters */
function packKey(key: string): Uint8Array {
  return Uint8Array.of(0xa0 | key.length, ...Buffer.from(key, 'latin1'));
}
