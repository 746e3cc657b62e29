import type { Flow, Headers } from '../../flow/index.js';
import { readField } from '../arguments/field.js';
import { readBytesRegex } from '../arguments/regex.js';
import { ofResponse } from '../subjects/exchange.js';
import { someField } from '../subjects/fields.js';
import { type Certainty, NO, type Stage, YES } from '../verdict.js';
import { flag, HEADER_BLOCK, type Operator } from './operator.js';

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
