import type { Flow, Headers } from '../../flow/index.js';
import { compileBytesRegex } from '../../regex/index.js';
import { compileWith, readBytesRegex } from '../arguments/regex.js';
import type { ExpressionCursor, UnquotedText } from '../cursor.js';
import { ofResponse } from '../subjects/exchange.js';
import { someField } from '../subjects/fields.js';
import { type Certainty, NO, type Stage, YES } from '../verdict.js';
import { type FilterSettings, flag, HEADER_BLOCK, type Operator } from './operator.js';

const NAME = /:?[A-Za-z0-9!#$%*+.^_`-]+/y;

const EXPECTED = 'NAME or NAME: REGEX';

type Side = 'either' | 'request' | 'response';

type HeadersTest = (headers: Headers) => boolean;

/** Media types of the subresources of a page. */
const ASSET = /text\/(?:javascript|css)|application\/(?:x-)?javascript|application\/font|image\/|font\//;

const SIDES: [suffix: string, side: Side, words: string][] = [
  ['', 'either', 'of request or response'],
  ['q', 'request', 'of the request'],
  ['s', 'response', 'of the response'],
];

/** Operators for the header fields of HTTP messages. */
export const HEADER_OPERATORS: Operator[] = [
  ...SIDES.map(
    ([suffix, side, words]): Operator => ({
      name: `h${suffix}`,
      group: 'header',
      argument: 'REGEX',
      help: `raw header block ${words}`,
      cost: HEADER_BLOCK,
      compile(cursor, settings) {
        const test = readBytesRegex(cursor, settings, { multiline: true });
        return inHeaders(side, (headers) => test.bytes(headers.bytes));
      },
    }),
  ),
  ...SIDES.map(
    ([suffix, side, words]): Operator => ({
      name: `hdr${suffix}`,
      group: 'header',
      argument: 'NAME[: REGEX]',
      help: `header field ${words}: its name and, if given, its value`,
      cost: HEADER_BLOCK,
      compile(cursor, settings) {
        const { name, value } = readField(cursor, settings);
        return inHeaders(side, (headers) => someField(headers, name, value));
      },
    }),
  ),
  ...SIDES.map(
    ([suffix, side, words]): Operator => ({
      name: `t${suffix}`,
      group: 'header',
      argument: 'REGEX',
      help: `Content-Type ${words}`,
      cost: HEADER_BLOCK,
      compile(cursor, settings) {
        const test = readBytesRegex(cursor, settings);
        return inHeaders(side, (headers) => someField(headers, 'content-type', test.bytes));
      },
    }),
  ),
  flag('a', 'header', 'response with a script, style sheet, image or font', asset, HEADER_BLOCK),
];

function inHeaders(side: Side, test: HeadersTest): (flow: Flow, stage: Stage) => Certainty {
  return (flow, stage) => {
    if (flow.type !== 'http') return NO;
    if (side !== 'response' && test(flow.request.headers)) return YES;
    return side === 'request' ? NO : ofResponse(flow, stage, ({ headers }) => test(headers));
  };
}

function asset(flow: Flow, stage: Stage): Certainty {
  if (flow.type !== 'http') return NO;
  return ofResponse(flow, stage, ({ headers }) =>
    someField(headers, 'content-type', (block, from, to) => ASSET.test(block.toString('latin1', from, to))),
  );
}

interface FieldArgument {
  /** In lower case. */
  name: string;
  value: (block: Buffer, from: number, to: number) => boolean;
}

/**
 * Reads `NAME: REGEX`, or `NAME` to test only for the field's presence. Quotes may enclose the whole argument or only
 * the regex.
 * @throws FilterError
 */
function readField(cursor: ExpressionCursor, settings: FilterSettings): FieldArgument {
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

function fromQuoted(cursor: ExpressionCursor, settings: FilterSettings): FieldArgument {
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

function withValue(
  name: string,
  value: UnquotedText,
  cursor: ExpressionCursor,
  settings: FilterSettings,
): FieldArgument {
  const test = compileWith(compileBytesRegex, cursor, value, settings);
  return { name: name.toLowerCase(), value: test.bytes };
}
