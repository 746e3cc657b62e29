import { Headers } from '../flow/http/headers.js';
import { isOpaque, isTrivial } from './names/values.js';
import { redactUrl } from './pairs.js';
import type { Searcher } from './searcher.js';
import { redactedValue } from './text/credentials.js';
import { applyToText } from './text/edits.js';
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
 * Redacts a field block.
 * @returns a new one, or the same if nothing was found
 */
export function redactHeaders(searcher: Searcher, headers: Headers, replace: Replace): Headers {
  const { bytes } = headers;
  if (!searcher.hasCustom && !searcher.scanner.isSuspect(bytes) && !bytes.includes(PERCENT)) return headers;
  let copy: Headers | undefined;
  let at = 0;
  for (const [name, value] of headers) {
    const redacted = value === '' ? value : redactField(searcher, name, value, replace);
    if (redacted !== value) {
      copy ??= new Headers(bytes);
      setField(copy, at, redacted, value, replace);
    }
    at++;
  }
  return copy ?? headers;
}

function setField(headers: Headers, at: number, redacted: string, value: string, replace: Replace): void {
  try {
    headers.setAt(at, redacted);
  } catch {
    // What is left of a value that is not valid cannot be written.
    headers.setAt(at, replace(value, 'invalid'));
  }
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
