import { COLON, DQUOTE } from '../../../flow/text/ascii.js';
import { FORMATS_READ } from '../../input/damage.js';
import { JsonError } from './json-error.js';
import { CLOSE_BRACE, CLOSE_BRACKET, closingQuote, isSpace, Nesting, OPEN_BRACE } from './nesting.js';

/** Maximum bytes of a file that are inspected. */
const BEGINNING = 64 * 1024;
const KEYS_SHOWN = 5;

/** The keys of the object that a text begins with, as far as its beginning contains them. */
export function firstKeys(text: Buffer): string[] {
  const keys: string[] = [];
  const bytes = text.subarray(0, BEGINNING);
  const nesting = new Nesting();
  try {
    for (let at = skipSpace(bytes, 0); at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte !== DQUOTE) {
        nesting.take(byte);
        if (nesting.depth === 0 && (byte === CLOSE_BRACE || byte === CLOSE_BRACKET)) break;
        if (keys.length === 0 && nesting.depth === 1 && byte !== OPEN_BRACE && !isSpace(byte)) break;
        continue;
      }
      const end = closingQuote(bytes, at + 1);
      if (nesting.depth === 1 && bytes[skipSpace(bytes, end + 1)] === COLON) {
        keys.push(JSON.parse(bytes.toString('utf8', at, end + 1)) as string);
      }
      at = end;
    }
  } catch (error) {
    if (!(error instanceof JsonError || error instanceof SyntaxError)) throw error;
  }
  return keys;
}

/** Describes an object that is not a flow, and the supported formats; undefined if it might be a flow. */
export function describeForeign(keys: readonly string[]): string | undefined {
  if (keys.length === 0 || keys.includes('type')) return undefined;
  const known = KNOWN.find(([, ...signs]) => signs.every((sign) => keys.includes(sign)));
  const shown = keys.slice(0, KEYS_SHOWN).map((key) => JSON.stringify(key.slice(0, 40)));
  const more = keys.length > KEYS_SHOWN ? ', …' : '';
  const what = known?.[0] ?? `a JSON object with the keys ${shown.join(', ')}${more}`;
  return `it looks like ${what}; ${FORMATS_READ}`;
}

/** Other common JSON files, recognised by their keys. */
const KNOWN: readonly (readonly [what: string, ...keys: string[]])[] = [
  ['the log of a HAR without the {"log": …} around it', 'entries'],
  ['a HAR entry without the surrounding HAR', 'request', 'response', 'timings'],
  ['a HAR entry without the surrounding HAR', 'startedDateTime', 'request'],
  ['a chrome://net-export log', 'constants', 'events'],
  ['a Chrome trace', 'traceEvents'],
  ['a Postman collection', 'info', 'item'],
  ['an Insomnia export', '_type', 'resources'],
  ['an OpenAPI description', 'openapi'],
  ['an OpenAPI description', 'swagger'],
  ['a VCR cassette', 'http_interactions'],
  ['a Playwright storage state', 'cookies', 'origins'],
  ['a JSON Schema', '$schema', 'properties'],
];

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && isSpace(bytes[at]!)) at++;
  return at;
}
