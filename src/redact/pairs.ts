import { isOpaque, isTrivial } from './names/values.js';
import { redactedValue } from './text/credentials.js';
import { wireDecoded } from './text/pairs-in-text.js';
import type { Replace } from './text/scan.js';
import type { TextScanner } from './text/text-scanner.js';

const SIBLINGS = new Set(
  'state session_state client_id client_secret grant_type redirect_uri code_verifier iss authuser'.split(' '),
);
/** Percent-encoded letters, digits and separators of names. Clients usually do not encode these. */
const ENCODED_NAME = /%(?:[46][1-9a-f]|[57][0-9a]|3\d|5f|2[de])/i;
const SHORTEST_OPAQUE = 8;
const MAX_LEVELS = 4;

interface Pair {
  /** As in the text, not decoded. */
  readonly name: string;
  readonly value: string;
  /** Whether the pair has an equals sign. */
  readonly hasValue: boolean;
}

/**
 * Redacts the pairs of a query or a form (WHATWG URL, application/x-www-form-urlencoded). Names and values are decoded before
 * they are searched. Unchanged pairs keep their bytes.
 * @param text each character is one byte
 * @returns undefined if it contains no secret
 */
export function redactPairs(scanner: TextScanner, text: string, replace: Replace, level = 0): string | undefined {
  if (!scanner.isSuspect(text) && !ENCODED_NAME.test(text)) return undefined;
  const pairs = text.split('&').map(parsePair);
  const hasSibling = pairs.some(({ name }) => SIBLINGS.has(decoded(name).toLowerCase()));
  let changed = false;
  const parts = pairs.map((pair) => {
    const part = redactPair(scanner, pair, { replace, hasSibling, level });
    if (part !== undefined) changed = true;
    return part ?? (pair.hasValue ? `${pair.name}=${pair.value}` : pair.name);
  });
  return changed ? parts.join('&') : undefined;
}

function parsePair(part: string): Pair {
  const equals = part.indexOf('=');
  if (equals < 0) return { name: part, value: '', hasValue: false };
  return { name: part.slice(0, equals), value: part.slice(equals + 1), hasValue: true };
}

interface Context {
  readonly replace: Replace;
  /** Whether another pair makes `code` an authorization code. */
  readonly hasSibling: boolean;
  readonly level: number;
}

function redactPair(scanner: TextScanner, pair: Pair, { replace, hasSibling, level }: Context): string | undefined {
  // A part without an equals sign is searched as text.
  if (!pair.hasValue) return redactEncoded(scanner, pair.name, replace, level);
  const name = lastPart(decoded(pair.name));
  const secret = decoded(pair.value);
  const rule = scanner.names.rule(name);
  const isSecret =
    rule !== undefined &&
    !isTrivial(secret) &&
    (rule.values === 'any' ||
      (rule.values === 'code' && hasSibling) ||
      (rule.values === 'opaque' && isOpaque(secret, SHORTEST_OPAQUE)));
  if (isSecret) {
    const redacted = redactedValue(rule.form, secret, (part) => replace(part, name));
    return redacted === secret ? undefined : `${pair.name}=${encoded(redacted)}`;
  }
  const value = redactEncoded(scanner, pair.value, replace, level);
  const ownName = redactEncoded(scanner, pair.name, replace, level);
  if (value === undefined && ownName === undefined) return undefined;
  return `${ownName ?? pair.name}=${value ?? pair.value}`;
}

/** The last name in brackets: `user[password]` has the name `password`, and so have `password[]` and `password[0]`. */
function lastPart(name: string): string {
  let end = name.length;
  while (name.endsWith(']', end)) {
    const open = name.lastIndexOf('[', end - 1);
    if (open < 0) break;
    const part = name.slice(open + 1, end - 1);
    if (!/^\d{0,4}$/.test(part)) return part;
    end = open;
  }
  return name.slice(0, end);
}

/** Searches a decoded value as text. It may contain URLs with queries of their own. */
function redactEncoded(scanner: TextScanner, raw: string, replace: Replace, level: number): string | undefined {
  if (level > MAX_LEVELS) return undefined;
  const text = decoded(raw);
  const redacted = redactUrl(scanner, text, replace, level + 1) ?? scanner.redactText(text, 'pairs', replace);
  if (redacted === undefined) return undefined;
  return text === raw ? redacted : encoded(redacted);
}

/**
 * Redacts a URL or a path, with its query and fragment.
 * @returns undefined if it contains no secret
 */
export function redactUrl(scanner: TextScanner, url: string, replace: Replace, level = 0): string | undefined {
  const start = /[?#]/.exec(url)?.index;
  if (start === undefined || /\s/.test(url)) {
    if (level === 0) return redactFront(scanner, url, replace);
    return userinfoIn(url) ? redactFront(scanner, url, replace) : undefined;
  }
  const front = url.slice(0, start);
  const parts = url.slice(start).split(/([?#])/);
  let changed = false;
  const queries = parts.map((part) => {
    const redacted = part.length < 2 ? undefined : redactPairs(scanner, part, replace, level);
    if (redacted !== undefined) changed = true;
    return redacted ?? part;
  });
  const path = redactFront(scanner, front, replace);
  return changed || path !== undefined ? (path ?? front) + queries.join('') : undefined;
}

/** Maximum length of user and password. */
const LONGEST_USERINFO = 256;

/**
 * Finds the user and the password in a URL without a scheme or with only one slash, which the pattern of URL credentials does not
 * match.
 * @returns the range of the userinfo; undefined if there is no userinfo
 */
function userinfoIn(front: string): { start: number; end: number } | undefined {
  const end = front.indexOf('@');
  if (end < 0) return undefined;
  const start = front.lastIndexOf('/', end) + 1;
  const isAuthority = (start === 2 && front.startsWith('//')) || front.startsWith(':/', start - 2);
  if (!isAuthority || end - start > LONGEST_USERINFO || front.startsWith('[redacted:', start)) return undefined;
  const colon = front.indexOf(':', start);
  return colon > start && colon < end - 1 ? { start, end } : undefined;
}

/** Redacts the part of a URL before the query. */
function redactFront(scanner: TextScanner, front: string, replace: Replace): string | undefined {
  const redacted = scanner.redactText(front, 'pairs', replace);
  const text = redacted ?? front;
  const userinfo = userinfoIn(text);
  if (!userinfo) return redacted;
  const { start, end } = userinfo;
  return text.slice(0, start) + replace(text.slice(start, end), 'userinfo') + text.slice(end);
}

function decoded(raw: string): string {
  const text = raw.includes('+') ? raw.replaceAll('+', ' ') : raw;
  return text.includes('%') ? wireDecoded(text) : text;
}

/** Percent-encodes a text. Placeholders stay readable. */
function encoded(text: string): string {
  return text.replace(/[^\w.~!$'()*,;:@/?[\]-]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}
