import { Headers } from '../flow/http/headers.js';
import { trimFolds } from '../flow/text/white-space.js';
import { isOpaque, isTrivial } from './names/values.js';
import { redactUrl } from './pairs.js';
import type { Searcher } from './searcher.js';
import { redactedValue } from './text/credentials.js';
import { applyToBytes, applyToText, type Edit } from './text/edits.js';
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
/** Challenges that carry credentials of a handshake (RFC 4559). */
const HANDSHAKE = /\b(Negotiate|NTLM)[ \t]+([\w+/-]{8,}=*)/gi;
const PERCENT = 37;

/**
 * Redacts a field block. Only lines in which something suspect stands are parsed.
 * @returns a new one, or the same if nothing was found
 */
export function redactHeaders(searcher: Searcher, headers: Headers, replace: Replace): Headers {
  const { bytes } = headers;
  const { scanner } = searcher;
  const all = searcher.hasCustom || bytes.includes(PERCENT);
  let hit = all ? 0 : scanner.nextHit(bytes, 0);
  if (hit < 0 || bytes.length === 0) return headers;
  const text = bytes.toString('latin1');
  const edits: Edit[] = [];
  while (hit >= 0) {
    const start = lineStart(text, hit);
    const end = lineEnd(text, hit);
    const edit = redactLine(searcher, text, start, end, replace);
    if (edit) edits.push(edit);
    if (end >= text.length) break;
    hit = all ? end : scanner.nextHit(bytes, end);
  }
  return edits.length === 0 ? headers : new Headers(applyToBytes(bytes, edits));
}

/** The start of a field line; folded lines (RFC 9112 section 5.2) belong to the one before them. */
function lineStart(text: string, from: number): number {
  let at = from;
  for (;;) {
    const end = at < 2 ? -1 : text.lastIndexOf('\r\n', at - 2);
    if (end < 0) return 0;
    if (!isSpace(text.charCodeAt(end + 2))) return end + 2;
    at = end + 1;
  }
}

/** The end of a field line, behind its CRLF. */
function lineEnd(text: string, from: number): number {
  for (let at = text.indexOf('\r\n', from); at >= 0; at = text.indexOf('\r\n', at + 2)) {
    if (!isSpace(text.charCodeAt(at + 2))) return at + 2;
  }
  return text.length;
}

function redactLine(searcher: Searcher, text: string, start: number, end: number, replace: Replace): Edit | undefined {
  // The leading colon of an HTTP/2 pseudo-header is not the separator.
  const colon = text.indexOf(':', start + 1);
  if (colon < 0 || colon >= end) return undefined;
  const value = trimFolds(text.slice(colon + 1, end));
  if (value === '') return undefined;
  const redacted = redactField(searcher, trimFolds(text.slice(start, colon)), value, replace);
  if (redacted === value) return undefined;
  const from = text.indexOf(value, colon + 1);
  return { from, start: from, end: from + value.length, text: redacted, names: [] };
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9;
}

/** @returns the value itself if nothing was found */
function redactField(searcher: Searcher, name: string, value: string, replace: Replace): string {
  const redacted = byDefaultRules(searcher, name, value, replace);
  if (!searcher.hasCustom) return redacted;
  // A regex may name the field.
  const line = Buffer.from(`${name}: ${redacted}`, 'latin1');
  const start = name.length + 2;
  const edits = searcher.customEdits(line, replace).filter((edit) => edit.start >= start);
  return edits.length === 0 ? redacted : applyToText(line.toString('latin1'), edits).slice(start);
}

function byDefaultRules({ scanner }: Searcher, name: string, value: string, replace: Replace): string {
  const lower = name.toLowerCase();
  const rule = scanner.names.rule(name);
  if (rule && rule.values !== 'code' && !isTrivial(value) && (rule.values === 'any' || isOpaque(value))) {
    return redactedValue(rule.form, value, (secret) => replace(secret, lower));
  }
  if (lower === 'www-authenticate' || lower === 'proxy-authenticate') {
    return value.replace(HANDSHAKE, (_, scheme: string, secret: string) => `${scheme} ${replace(secret, lower)}`);
  }
  const named: Replace = (secret, inner) => replace(secret, `${lower}.${inner}`);
  const redacted = URLS.has(lower) ? redactUrl(scanner, value, named) : scanner.redactText(value, 'data', named);
  return redacted ?? value;
}
