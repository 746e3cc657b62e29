import { trimFolds } from '../flow/text/white-space.js';
import { isOpaque, isTrivial } from './names/values.js';
import { redactUrl } from './pairs.js';
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
/** Challenges that carry credentials of a handshake (RFC 4559). */
const HANDSHAKE = /\b(Negotiate|NTLM)[ \t]+([\w+/-]{8,}=*)/gi;
const LF = 10;
const PERCENT = 37;

/**
 * Finds what is to be replaced in a field block. Only lines in which something suspect stands are made text: names and shapes
 * of secrets, percent-encoding, which may hide a name, and every line if there are rules of users.
 * @returns in order
 */
export function headerEdits(searcher: Searcher, bytes: Buffer, replace: Replace): Edit[] {
  const edits: Edit[] = [];
  const { scanner, hasCustom } = searcher;
  let percent = hasCustom ? -1 : bytes.indexOf(PERCENT);
  let hit = hasCustom ? 0 : scanner.nextHit(bytes, 0);
  while (hit >= 0 || percent >= 0) {
    const at = hit < 0 || (percent >= 0 && percent < hit) ? percent : hit;
    const start = lineStart(bytes, at);
    const end = lineEnd(bytes, at);
    const edit = redactLine(searcher, bytes.toString('latin1', start, end), start, replace);
    if (edit) edits.push(edit);
    if (end >= bytes.length) break;
    if (hit >= 0 && hit < end) hit = hasCustom ? end : scanner.nextHit(bytes, end);
    if (percent >= 0 && percent < end) percent = bytes.indexOf(PERCENT, end);
  }
  return edits;
}

/** The start of a field line; folded lines (RFC 9112 section 5.2) belong to the one before them. */
function lineStart(bytes: Buffer, from: number): number {
  for (let at = from; at >= 2; at--) if (endsLine(bytes, at)) return at;
  return 0;
}

/** The end of a field line, behind its CRLF. */
function lineEnd(bytes: Buffer, from: number): number {
  for (let at = from + 2; at < bytes.length; at++) if (endsLine(bytes, at)) return at;
  return bytes.length;
}

/** Whether a field line ends before an offset. */
function endsLine(bytes: Buffer, at: number): boolean {
  return bytes[at - 1] === LF && bytes[at - 2] === 13 && !isSpace(bytes[at]);
}

/** @param line with its CRLF @param offset of the line */
function redactLine(searcher: Searcher, line: string, offset: number, replace: Replace): Edit | undefined {
  // The leading colon of an HTTP/2 pseudo-header is not the separator.
  const colon = line.indexOf(':', 1);
  if (colon < 0) return undefined;
  const value = trimFolds(line.slice(colon + 1));
  if (value === '') return undefined;
  const redacted = redactField(searcher, trimFolds(line.slice(0, colon)), value, replace);
  if (redacted === value) return undefined;
  const start = offset + line.indexOf(value, colon + 1);
  return { from: start, start, end: start + value.length, text: redacted, names: [] };
}

function isSpace(code: number | undefined): boolean {
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
  const rule = scanner.names.rule(name);
  if (rule && rule.values !== 'code' && !isTrivial(value) && (rule.values === 'any' || isOpaque(value))) {
    return redactedValue(rule.form, value, (secret) => replace(secret, name));
  }
  const lower = name.toLowerCase();
  if (lower === 'www-authenticate' || lower === 'proxy-authenticate') {
    return value.replace(HANDSHAKE, (_, scheme: string, secret: string) => `${scheme} ${replace(secret, lower)}`);
  }
  const named: Replace = (secret, inner) => replace(secret, `${lower}.${inner}`);
  const redacted = URLS.has(lower) ? redactUrl(scanner, value, named) : scanner.redactText(value, 'data', named);
  return redacted ?? value;
}
