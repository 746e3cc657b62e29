import type { Compression } from '../../compression/codec.js';
import { FieldError } from '../../shared/field-error.js';
import type { BodyEntry, ListedBody } from '../bodies/body-list.js';
import { BOOLEAN, INT, TEXT } from './codecs.js';
import type { ValueCodec } from './field.js';
import { FieldsOf, MapSchema } from './map-schema.js';

const SIZE: ValueCodec<number> = {
  ...INT,
  take(input) {
    const value = input.number();
    if (!Number.isSafeInteger(value) || value < 0) throw input.mismatch('a size');
    return value;
  },
};

const CODING: ValueCodec<Compression> = {
  ...TEXT,
  take(input) {
    const name = input.text();
    if (name !== 'gzip' && name !== 'zstd') throw input.mismatch('gzip or zstd');
    return name;
  },
};

const body = new FieldsOf<ListedBody, BodyEntry>();

export const BODY = new MapSchema<ListedBody, BodyEntry>(
  [
    body.required('kind', TEXT, '`request`, `response`, `messages` or `marks`', ({ entry }) => entry.kind),
    body.required('length', SIZE, 'bytes in the record', ({ entry }) => entry.length),
    body.optional(
      'coding',
      CODING,
      '`gzip` or `zstd`: the [compression](#compression) of these bytes',
      ({ entry }) => entry.coding,
    ),
    body.optional('decodedLength', SIZE, 'with `coding`: the decompressed length, at least 1', ({ entry }) =>
      entry.coding ? entry.decodedLength : undefined,
    ),
    body.required('crc', INT, 'CRC-32 of these bytes; 0 if there are no bytes', ({ entry }) => entry.crc),
    body.required('complete', BOOLEAN, 'false if the body is incomplete', ({ entry }) => entry.complete),
    body.required('size', SIZE, 'bytes on the wire', ({ entry }) => entry.size),
    body.optional('count', SIZE, '`messages` and `marks` only: the number of entries', ({ entry }) => entry.count),
  ],
  (): BodyEntry => ({
    kind: '',
    length: 0,
    coding: undefined,
    decodedLength: 0,
    crc: 0,
    complete: false,
    size: 0,
    count: undefined,
  }),
  (entry) => {
    if (entry.coding && entry.decodedLength === 0) throw new FieldError('decodedLength', 'present');
    return entry;
  },
);
