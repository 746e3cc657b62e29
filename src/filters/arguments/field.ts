import { compileBytesRegex } from '../../regex/index.js';
import type { Cursor, Piece } from '../cursor.js';
import type { FilterSettings } from '../operators/operator.js';
import { compileWith } from './regex.js';

export interface FieldArgument {
  /** In lower case. */
  name: string;
  value: (block: Buffer, from: number, to: number) => boolean;
}

const NAME = /:?[A-Za-z0-9!#$%*+.^_`-]+/y;
const EXPECTED = 'NAME or NAME: REGEX';

/**
 * Reads `NAME: REGEX`, or `NAME` to test only for the field's presence. Quotes may enclose the whole argument or only
 * the regex.
 * @throws FilterError
 */
export function readField(cursor: Cursor, settings: FilterSettings): FieldArgument {
  const start = cursor.at;
  if (cursor.next === '"' || cursor.next === "'") return fromQuoted(cursor, settings);
  const name = cursor.match(NAME);
  if (name === undefined) throw cursor.error(start, 'the header name is missing', EXPECTED);
  if (!cursor.take(':')) {
    if (cursor.done || /[\s)&|]/.test(cursor.next)) return { name: name.toLowerCase(), value: () => true };
    throw cursor.error(cursor.at, 'this character is not allowed in a header name', EXPECTED);
  }
  cursor.skipSpace();
  const value = cursor.piece();
  if (!value) throw cursor.error(cursor.at, 'the regex for the value is missing', EXPECTED);
  return withValue(name, value, cursor, settings);
}

function fromQuoted(cursor: Cursor, settings: FilterSettings): FieldArgument {
  const start = cursor.at;
  const piece = cursor.piece()!;
  const text = piece.text.trim();
  const name = /^:?[^:\s]+/.exec(text)?.[0];
  const rest = text.slice(name?.length).trimStart();
  if (name === undefined || (rest !== '' && rest[0] !== ':')) {
    throw cursor.error(start, 'the header name is missing', EXPECTED);
  }
  if (rest === '') return { name: name.toLowerCase(), value: () => true };
  const value = rest.slice(1).trimStart();
  const offsets = piece.offsets.slice(piece.text.trimEnd().length - value.length);
  return withValue(name, { text: value, offsets, quoted: true }, cursor, settings);
}

function withValue(name: string, value: Piece, cursor: Cursor, settings: FilterSettings): FieldArgument {
  const test = compileWith(compileBytesRegex, cursor, value, settings);
  return { name: name.toLowerCase(), value: test.bytes };
}
