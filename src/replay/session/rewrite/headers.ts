import type { Headers } from '../../../flow/http/headers.js';
import { percentDecode } from '../../../flow/text/percent.js';
import { fromWire, toWire } from '../../../flow/text/wire-text.js';
import { versionKeys } from '../paths.js';
import { encodeLike } from './encode.js';
import type { TextRewriter } from './text.js';
import { NO_KEYS } from './visitor.js';

/** Header fields without values from responses, or whose values must not change. */
const SKIPPED = new Set(
  (
    'accept accept-charset accept-encoding accept-language cache-control connection content-encoding content-length content-type ' +
    'date dnt expect host keep-alive max-forwards pragma priority proxy-authorization proxy-connection range save-data te ' +
    'trailer transfer-encoding upgrade upgrade-insecure-requests user-agent via'
  ).split(' '),
);
const CONDITIONS = new Set(['if-match', 'if-none-match', 'if-range']);
/** Keys of a short token in `Authorization`: the usual names of such tokens in responses. */
const AUTHORIZATION_KEYS = 'token access_token auth_token session_token id_token'
  .split(' ')
  .map((name) => `token:${name}`);

/**
 * Replaces values in header fields. Other fields keep their bytes.
 * @param path of the recorded request
 */
export function rewriteHeaders(headers: Headers, path: string, rewriter: TextRewriter): void {
  // A change would replace the array that is iterated, so the loop uses a copy.
  let at = 0;
  for (const [name, value] of [...headers]) {
    const index = at++;
    const field = name.toLowerCase();
    if (SKIPPED.has(field) || field.startsWith(':') || field.startsWith('sec-')) continue;
    const changed = rewriteField(field, value, path, rewriter);
    if (changed !== undefined && changed !== value && !/[\0\r\n]/.test(changed)) headers.setAt(index, changed);
  }
}

function rewriteField(field: string, value: string, path: string, rewriter: TextRewriter): string | undefined {
  if (field === 'cookie') return rewriteCookies(value, rewriter);
  const changed =
    field === 'authorization'
      ? rewriteCredentials(value, rewriter)
      : rewriter.text(fromWire(value), keysOf(field, path, rewriter));
  if (changed === undefined) return undefined;
  rewriter.visitor.changed(`header ${field}`);
  return toWire(changed);
}

function keysOf(field: string, path: string, { names, rules }: TextRewriter): readonly string[] {
  if (CONDITIONS.has(field)) return versionKeys('etag', path);
  const named = names.requestKeys(field.replace(/^x-/, ''), NO_KEYS);
  return [`header:${field}`, ...named, ...rules.keysAt('header', field)];
}

/**
 * Replaces values of cookies. Most clients send a cookie unchanged, but some decode or encode it, so both forms are looked up.
 */
function rewriteCookies(line: string, rewriter: TextRewriter): string {
  return line
    .split(';')
    .map((part) => {
      const equals = part.indexOf('=');
      const raw = part.slice(equals + 1).trim();
      if (equals < 0 || raw === '') return part;
      const name = fromWire(part.slice(0, equals).trim());
      const changed = rewriteCookie(raw, [`cookie:${name}`, ...rewriter.rules.keysAt('cookie', name)], rewriter);
      if (changed === undefined) return part;
      rewriter.visitor.changed(`cookie ${name}`);
      return part.slice(0, equals + 1) + changed;
    })
    .join(';');
}

function rewriteCookie(raw: string, keys: readonly string[], rewriter: TextRewriter): string | undefined {
  const whole = rewriter.whole(fromWire(raw), keys);
  if (whole !== undefined) return /^[\x20-\x3a\x3c-\x7e]*$/.test(whole) ? whole : encodeLike(raw, whole, false, ';, ');
  const isQuoted = raw.length > 2 && raw.startsWith('"') && raw.endsWith('"');
  const inner = isQuoted ? raw.slice(1, -1) : raw;
  const decoded = percentDecode(inner);
  if (!isQuoted && decoded === raw) return undefined;
  const changed = rewriter.whole(decoded, keys);
  if (changed === undefined) return undefined;
  const encoded = encodeLike(inner, changed, false, ';, "');
  return isQuoted ? `"${encoded}"` : encoded;
}

/** Replaces values in credentials: `Bearer TOKEN`, `Basic base64(user:password)`, `Scheme name=value, …`. */
function rewriteCredentials(value: string, rewriter: TextRewriter): string | undefined {
  const keys = ['header:authorization', ...AUTHORIZATION_KEYS, ...rewriter.rules.keysAt('header', 'authorization')];
  const space = value.indexOf(' ');
  if (space < 0) return rewriter.text(fromWire(value), keys);
  const whole = rewriter.whole(fromWire(value), keys);
  if (whole !== undefined) return whole;
  const scheme = value.slice(0, space);
  const rest = value.slice(space + 1).trim();
  if (scheme.toLowerCase() !== 'basic') {
    const changed = rewriter.text(fromWire(rest), keys);
    return changed === undefined ? undefined : `${scheme} ${changed}`;
  }
  const whole64 = rewriter.whole(rest, NO_KEYS);
  if (whole64 !== undefined) return `${scheme} ${whole64}`;
  const pair = Buffer.from(rest, 'base64').toString();
  const colon = pair.indexOf(':');
  if (colon < 0) return undefined;
  const [user, password] = [pair.slice(0, colon), pair.slice(colon + 1)];
  const newUser = user === '' ? undefined : rewriter.whole(user, NO_KEYS);
  const newPassword = password === '' ? undefined : rewriter.whole(password, NO_KEYS);
  if (newUser === undefined && newPassword === undefined) return undefined;
  return `${scheme} ${Buffer.from(`${newUser ?? user}:${newPassword ?? password}`).toString('base64')}`;
}
