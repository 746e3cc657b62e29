import { DQUOTE } from '../../flow/text/ascii.js';
import { isTrivial } from '../names/values.js';
import type { Scan } from './scan.js';
import { endOfString, unescaped } from './strings.js';

/** An object that is recognised by one of its members. */
export type TypedObject = 'jwk' | 'kubernetes-secret';

/** The private members of a JSON Web Key (RFC 7518 section 6). */
const KEY_PARTS = /"(d|p|q|dp|dq|qi|k)\\*"\s{0,20}:\s{0,20}\\*"([\w-]{16,})\\*"/g;
const DATA = /"(?:data|stringData)\\*"\s{0,20}:\s{0,20}\{/g;
const NAME = /[\s,]{0,100}(\\*)"([^"\\]{1,256})\\*"\s{0,20}:\s{0,20}\\*"/y;

/**
 * Redacts the secrets of an object, which are recognised by a member such as `"kty":"RSA"` and not by their own names.
 * @param at inside the object, at the member that identifies it
 */
export function typedObjectAt(scan: Scan, type: TypedObject, at: number): void {
  const { text, typedObject } = scan;
  // One object is searched once, however many members tell its type.
  if (!typedObject.find(text, at)) return;
  const { start, end } = typedObject;
  const object = text.slice(start, end);
  if (type === 'jwk') {
    for (const member of object.matchAll(KEY_PARTS)) {
      const [whole, name, secret] = member as unknown as [string, string, string];
      const from = start + member.index;
      const begin = from + whole.lastIndexOf(secret);
      scan.put(from, begin, begin + secret.length, scan.replace(secret, `jwk.${name}`));
    }
    return;
  }
  for (const member of object.matchAll(DATA))
    valuesOf(scan, start + member.index, start + member.index + member[0].length, end);
}

/** Redacts all values of an object of strings. @param from start of its name @param start after its brace */
function valuesOf(scan: Scan, from: number, start: number, end: number): void {
  const { text } = scan;
  let at = start;
  for (;;) {
    NAME.lastIndex = at;
    const member = NAME.exec(text);
    if (!member || NAME.lastIndex >= end) return;
    const escapes = member[1]!.length;
    const open = NAME.lastIndex;
    const close = endOfString(text, open, DQUOTE, escapes, end);
    const secret = unescaped(text.slice(open, close), escapes);
    if (!isTrivial(secret)) scan.put(from, open, close, scan.replace(secret, `secret.${member[2]}`));
    at = close + escapes + 1;
  }
}
