import { quote } from '../text/quote.js';
import { trimFolds } from '../text/white-space.js';
import { fromWire, toWire } from '../text/wire-text.js';

/** The name and value of a cookie, or of an attribute, in a part between semicolons. */
export interface CookiePair {
  name: string;
  value: string;
}

/** Takes a part apart as browsers do: without an equals sign it is all value (RFC 6265bis section 5.6). */
export function parsePair(part: string): CookiePair {
  const equals = part.indexOf('=');
  const name = equals < 0 ? '' : fromWire(trimFolds(part.slice(0, equals)));
  return { name, value: fromWire(trimFolds(part.slice(equals + 1))) };
}

/** The part with another value; its name and the white space before it stay. */
export function withValue(part: string, value: string): string {
  const equals = part.indexOf('=');
  const text = toWire(checkPart(value));
  const isNameless = equals < 0 || trimFolds(part.slice(0, equals)) === '';
  if (text === '' && isNameless) throw new TypeError('A cookie has a name or a value');
  if (equals >= 0) return part.slice(0, equals + 1) + text;
  const space = part.startsWith(' ') ? ' ' : '';
  return text.includes('=') ? `${space}=${text}` : space + text;
}

/** `name=value`. @throws TypeError if that would not be read as it is written */
export function formatPair(name: string, value: string): string {
  if (/[=;]/.test(name)) throw new TypeError(`Not the name of a cookie: ${quote(name)}`);
  if (name === '' && value === '') throw new TypeError('A cookie has a name or a value');
  const text = `${toWire(checkPart(name))}=${toWire(checkPart(value))}`;
  return name === '' && !value.includes('=') ? text.slice(1) : text;
}

/** @throws TypeError if it cannot stand between semicolons as it is */
function checkPart(text: string): string {
  if (/[\0-\x08\x0a-\x1f\x7f;]/.test(text) || text !== trimFolds(text)) {
    throw new TypeError(
      `Not a part of a cookie: ${quote(text)}; it has no semicolons, no control characters, no space around it`,
    );
  }
  return text;
}
