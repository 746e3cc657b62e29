import { COLON, LF } from '../flow/text/ascii.js';
import { type KnownLines, movedBy } from './known-lines.js';
import type { KnownName, NameRule } from './names/secret-names.js';
import { isOpaque, isTrivial } from './names/values.js';
import { redactUrl } from './pairs.js';
import { isPlaceholder } from './placeholder.js';
import type { Searcher } from './searcher.js';
import { redactedValue } from './text/credentials.js';
import { applyToText, type Edit } from './text/edits.js';
import type { Replace } from './text/scan.js';

/** Fields whose values are URLs. */
const URLS = new Set([
  'referer',
  'location',
  'content-location',
  'origin',
  'source-map',
  'x-original-url',
  'x-rewrite-url',
]);
/** Challenges that carry handshake credentials (RFC 4559). */
const HANDSHAKE = /\b(Negotiate|NTLM)[ \t]+([\w+/-]{8,}=*)/gi;
/** Minimum length of a token. Names of subprotocols are shorter or contain no digits. */
const SHORTEST_PROTOCOL = 12;
const PERCENT = 37;
const NO_NAMES: readonly string[] = [];

/**
 * Finds the secrets in a field block. A line is decoded only if it contains a part of a secret name, the beginning of a pattern,
 * or percent-encoding, which may hide a name. With user regexes or JSON paths, all lines are decoded.
 * @param cache for repeated lines; not to be shared by searches with other rules or keys
 * @returns edits in order
 */
export function headerEdits(searcher: Searcher, bytes: Buffer, replace: Replace, cache?: LineCache): Edit[] {
  const edits: Edit[] = [];
  const { scanner, hasCustom } = searcher;
  let percent = hasCustom ? -1 : bytes.indexOf(PERCENT);
  let hit = hasCustom ? 0 : scanner.nextHit(bytes, 0);
  while (hit >= 0 || percent >= 0) {
    const at = hit < 0 || (percent >= 0 && percent < hit) ? percent : hit;
    const start = lineStart(bytes, at);
    const end = lineEnd(bytes, at);
    const edit = cache
      ? redactKnown(searcher, bytes, start, end, replace, cache)
      : redactLine(searcher, bytes, start, end, replace);
    if (edit) edits.push(edit);
    if (end >= bytes.length) break;
    if (hit >= 0 && hit < end) hit = hasCustom ? end : scanner.nextHit(bytes, end);
    if (percent >= 0 && percent < end) percent = bytes.indexOf(PERCENT, end);
  }
  return edits;
}

export interface LineCache {
  readonly lines: KnownLines;
  /** Called with the name of each secret that the cache replaces; `replace` is not called for these. */
  readonly onFound: (name: string) => void;
}

/** Like `redactLine`, with a cache. */
function redactKnown(
  searcher: Searcher,
  bytes: Buffer,
  start: number,
  end: number,
  replace: Replace,
  { lines, onFound }: LineCache,
): Edit | undefined {
  const known = lines.find(bytes, start, end);
  if (known) {
    for (const name of known.names) onFound(name);
    return known.edit && movedBy(known.edit, start);
  }
  if (!lines.isRepeated) return redactLine(searcher, bytes, start, end, replace);
  const names: string[] = [];
  const edit = redactLine(searcher, bytes, start, end, (secret, name) => {
    names.push(name);
    return replace(secret, name);
  });
  lines.keep(bytes, start, end, edit, names);
  return edit;
}

/** The start of a field line. Folded lines (RFC 9112 section 5.2) belong to the line before them. */
function lineStart(bytes: Buffer, from: number): number {
  for (let at = from; at >= 2; at--) if (endsLine(bytes, at)) return at;
  return 0;
}

/** The end of a field line, after its CRLF. */
function lineEnd(bytes: Buffer, from: number): number {
  for (let at = from + 2; at < bytes.length; at++) if (endsLine(bytes, at)) return at;
  return bytes.length;
}

/** Whether an offset is the end of a field line. */
function endsLine(bytes: Buffer, at: number): boolean {
  return bytes[at - 1] === LF && bytes[at - 2] === 13 && !isSpace(bytes[at]);
}

/** @param end after the CRLF of the line */
function redactLine(searcher: Searcher, bytes: Buffer, from: number, end: number, replace: Replace): Edit | undefined {
  // The leading colon of an HTTP/2 pseudo-header is not the separator.
  let colon = from + 1;
  while (colon < end && bytes[colon] !== COLON) colon++;
  let start = colon + 1;
  let stop = end;
  while (start < stop && isFold(bytes[start]!)) start++;
  while (stop > start && isFold(bytes[stop - 1]!)) stop--;
  if (start >= stop) return undefined;
  let nameEnd = colon;
  while (nameEnd > from && isFold(bytes[nameEnd - 1]!)) nameEnd--;
  const value = bytes.toString('latin1', start, stop);
  const redacted = redactField(searcher, searcher.scanner.names.ofBytes(bytes, from, nameEnd), value, replace);
  if (redacted === value) return undefined;
  return { from: start, start, end: stop, text: redacted, names: NO_NAMES };
}

/** Whether a character is white space or part of a line fold (RFC 9112 section 5.2). */
function isFold(code: number): boolean {
  return code === 32 || code === 9 || code === 13 || code === LF;
}

function isSpace(code: number | undefined): boolean {
  return code === 32 || code === 9;
}

/** @returns the same string if it contains no secret */
function redactField(searcher: Searcher, known: KnownName, value: string, replace: Replace): string {
  const redacted = byDefaultRules(searcher, known, value, replace);
  if (!searcher.hasCustom) return redacted;
  // A user regex may include the field name.
  const { name } = known;
  const line = Buffer.from(`${name}: ${redacted}`, 'latin1');
  const start = name.length + 2;
  const edits = searcher.customEdits(line, replace).filter((edit) => edit.start >= start);
  return edits.length === 0 ? redacted : applyToText(line.toString('latin1'), edits).slice(start);
}

function byDefaultRules({ scanner }: Searcher, known: KnownName, value: string, replace: Replace): string {
  const { name } = known;
  const rule = known.rule ?? keyRule(name);
  if (rule && rule.values !== 'code' && !isTrivial(value) && (rule.values === 'any' || isOpaque(value))) {
    return redactedValue(rule.form, value, (secret) => replace(secret, name));
  }
  const lower = name.toLowerCase();
  if (lower === 'www-authenticate' || lower === 'proxy-authenticate') {
    const open = value.replace(HANDSHAKE, (_, scheme: string, secret: string) => `${scheme} ${replace(secret, lower)}`);
    return scanner.redactText(open, 'data', (secret, inner) => replace(secret, `${lower}.${inner}`)) ?? open;
  }
  if (lower === 'sec-websocket-protocol') return withoutProtocolTokens(value, (secret) => replace(secret, lower));
  const named: Replace = (secret, inner) => replace(secret, `${lower}.${inner}`);
  if (URLS.has(lower)) return redactUrl(scanner, value, named) ?? value;
  // Other fields may contain a URL with percent-encoded names.
  const url = value.includes('%') && /[?#]/.test(value) ? (redactUrl(scanner, value, named) ?? value) : value;
  return scanner.redactText(url, 'data', named) ?? url;
}

/** Fields whose names end with `-Key` and whose values are no credentials: caching, retries, the handshake of WebSocket. */
const NO_KEYS = /^(?:sec-.*|.*(?:cache|surrogate|idempotency|routing|partition|object|public|sort|hash)-key|key)$/i;
const KEY: NameRule = { values: 'opaque', form: 'plain', numbers: false, pairsOnly: false };

/** The rule for fields such as `X-Example-Key`, which mostly hold keys of APIs. */
function keyRule(name: string): NameRule | undefined {
  return /-key$/i.test(name) && !NO_KEYS.test(name) ? KEY : undefined;
}

/**
 * Redacts tokens among subprotocols: browsers cannot set other fields of a WebSocket handshake. Kubernetes uses this method.
 */
function withoutProtocolTokens(value: string, replace: (secret: string) => string): string {
  if (!/token|bearer|auth|jwt/i.test(value)) return value;
  return value.replace(/[^\s,]+/g, (name) => {
    const prefix = /^base64url\.bearer\.authorization\.k8s\.io\./.exec(name)?.[0] ?? '';
    const secret = name.slice(prefix.length);
    const isSecret = prefix === '' ? isOpaque(secret, SHORTEST_PROTOCOL) : !isPlaceholder(secret);
    return isSecret ? prefix + replace(secret) : name;
  });
}
