import { Headers } from '../flow/http/headers.js';
import { isOpaque, isTrivial } from './names/values.js';
import { redactUrl } from './pairs.js';
import { redactedValue } from './text/credentials.js';
import type { Replace } from './text/scan.js';
import type { TextScanner } from './text/text-scanner.js';

/** Fields whose values are URLs. */
const URLS = new Set(['referer', 'location', 'content-location', 'origin', 'source-map', 'x-original-url', 'x-rewrite-url']);
/** Challenges that carry credentials of a handshake (RFC 4559). */
const HANDSHAKE = /\b(Negotiate|NTLM)[ \t]+([\w+/-]{8,}=*)/gi;
const PERCENT = 37;

/**
 * Redacts a field block.
 * @returns a new one, or the same if nothing was found
 */
export function redactHeaders(scanner: TextScanner, headers: Headers, replace: Replace): Headers {
  const { bytes } = headers;
  if (!scanner.isSuspect(bytes) && !bytes.includes(PERCENT)) return headers;
  let copy: Headers | undefined;
  let at = 0;
  for (const [name, value] of headers) {
    const redacted = value === '' ? value : redactField(scanner, name, value, replace);
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
export function redactField(scanner: TextScanner, name: string, value: string, replace: Replace): string {
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
