import type { Address, Via } from '../../../flow/connection.js';
import type { Headers } from '../../../flow/http/headers.js';
import type { UnreadText } from '../../../flow/text/unread-text.js';
import type { ValueCodec } from './field.js';

export const TEXT: ValueCodec<string> = {
  type: 'str',
  put: (out, value) => out.putText(value),
  take: (input) => input.text(),
};

/** Text that is converted to a string when it is used. */
export const LONG_TEXT: ValueCodec<string, UnreadText> = {
  type: 'str',
  put: (out, value) => out.putText(value),
  take: (input) => input.unreadText(),
};

export const INT: ValueCodec<number> = {
  type: 'int',
  put: (out, value) => out.putNumber(value),
  take: (input) => input.number(),
};

export const TIME: ValueCodec<number> = { ...INT, type: 'time' };

export const BOOLEAN: ValueCodec<boolean> = {
  type: 'bool',
  put: (out, value) => out.putBoolean(value),
  take: (input) => input.boolean(),
};

export const BINARY: ValueCodec<Buffer> = {
  type: 'bin',
  put: (out, value) => out.putBinary(value),
  take: (input) => input.binary(),
};

export const HEADERS: ValueCodec<Headers> = {
  type: 'bin',
  put: (out, value) => out.putBinary(value.bytes),
  take: (input) => input.headers(),
};

/** A map with arbitrary content, written and read in its encoded form. */
export const PACKED_MAP: ValueCodec<Buffer> = {
  type: 'map',
  put: (out, value) => out.putPacked(value),
  take: (input) => input.packed(),
};

/** Host and port. Later versions may append items. */
export const ADDRESS: ValueCodec<Address> = {
  type: 'address',
  put(out, [host, port]) {
    out.putList(2);
    out.putText(host);
    out.putNumber(port);
  },
  take(input) {
    const size = input.list();
    const address: Address = [input.text(), input.number()];
    for (let left = size - 2; left > 0; left--) input.skip();
    return address;
  },
};

/** Scheme, host and port of an upstream proxy. Later versions may append items. */
export const VIA: ValueCodec<Via> = {
  type: 'list',
  put(out, { scheme, address: [host, port] }) {
    out.putList(3);
    out.putText(scheme);
    out.putText(host);
    out.putNumber(port);
  },
  take(input) {
    const size = input.list();
    const scheme = input.text() as Via['scheme'];
    const address: Address = [input.text(), input.number()];
    for (let left = size - 3; left > 0; left--) input.skip();
    return { scheme, address };
  },
};

/** A list of values. @param itemKey see `ValueCodec` */
export function listOf<Value, Read>(
  codec: ValueCodec<Value, Read>,
  itemKey?: string,
): ValueCodec<readonly Value[], Read[]> {
  return {
    type: `list of ${codec.schema ? 'maps' : codec.type}`,
    schema: codec.schema,
    itemKey,
    put(out, values, encoding) {
      out.putList(values.length);
      for (const value of values) codec.put(out, value, encoding);
    },
    take(input, decoding) {
      const values: Read[] = [];
      for (let left = input.list(); left > 0; left--) values.push(codec.take(input, decoding));
      return values;
    },
  };
}

/** Returns undefined for an empty list, so that its key is omitted. */
export function someOf<Value>(values: readonly Value[]): readonly Value[] | undefined {
  return values.length > 0 ? values : undefined;
}
