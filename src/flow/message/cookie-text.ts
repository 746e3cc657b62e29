import { quote } from '../text/quote.js';
import { trimFolds } from '../text/white-space.js';
import { fromWire, toWire } from '../text/wire-text.js';

/** The name and value of a cookie or an attribute. */
export interface CookiePair {
  name: string;
  value: string;
}

/** `splitPair` with names and values as text. */
export function parsePair(part: string): CookiePair {
  const { name, value } = splitPair(part);
  return { name: fromWire(name), value: fromWire(value) };
}

/**
 * Splits the text between two semicolons as browsers do: without an equals sign, the whole text is the value (RFC 6265bis
 * section 5.6). Each character is one byte of the wire.
 */
export function splitPair(part: string): CookiePair {
  const equals = part.indexOf('=');
  return { name: equals < 0 ? '' : trimFolds(part.slice(0, equals)), value: trimFolds(part.slice(equals + 1)) };
}

/** Splits an attribute: without an equals sign, the whole text is the name. */
export function splitAttribute(part: string): CookiePair {
  const { name, value } = splitPair(part);
  return part.includes('=') ? { name, value } : { name: value, value: '' };
}

/** The part with another value; its name and leading white space stay. @throws TypeError if the value is not valid */
export function withValue(part: string, value: string): string {
  const equals = part.indexOf('=');
  const text = toWire(checkPart(value));
  const isNameless = equals < 0 || trimFolds(part.slice(0, equals)) === '';
  if (text === '' && isNameless) throw new TypeError('A cookie has a name or a value');
  if (equals >= 0) return part.slice(0, equals + 1) + text;
  const space = part.startsWith(' ') ? ' ' : '';
  return text.includes('=') ? `${space}=${text}` : space + text;
}

/** `name=value`. @throws TypeError if it would not be parsed as the same name and value */
export function formatPair(name: string, value: string): string {
  if (/[=;]/.test(name)) throw new TypeError(`Not the name of a cookie: ${quote(name)}`);
  if (name === '' && value === '') throw new TypeError('A cookie has a name or a value');
  const text = `${toWire(checkPart(name))}=${toWire(checkPart(value))}`;
  return name === '' && !value.includes('=') ? text.slice(1) : text;
}

/** @throws TypeError if it would not be parsed as the same text */
function checkPart(text: string): string {
  if (/[\0-\x08\x0a-\x1f\x7f;]/.test(text) || text !== trimFolds(text)) {
    throw new TypeError(
      `Not valid in a cookie: ${quote(text)}; semicolons, control characters and surrounding space are not allowed`,
    );
  }
  return text;
}
