import { typedObjectAt } from '../text/objects.js';
import type { Scan } from '../text/scan.js';
import type { SecretPattern } from './secret-pattern.js';

/** Redacts the secret of a pattern if it matches at an offset. */
export function redactPatternAt(scan: Scan, pattern: SecretPattern, start: number): void {
  const { text } = scan;
  const { regex, boundary, test, extend, name, object } = pattern;
  if (name === 'base64-json') return base64JsonAt(scan, start);
  if (boundary && isWord(text.charCodeAt(start - 1)) && !isEscape(text, start)) return;
  if (name === 'jwt' && start < scan.failedRun) return;
  regex.lastIndex = start;
  const found = regex.exec(text);
  if (!found) {
    if (name !== 'jwt') return;
    // Later attempts in the same run of characters would fail for the same reason.
    scan.failedRun = endOfRun(text, start);
    base64JsonAt(scan, start);
    return;
  }
  if (object) return typedObjectAt(scan, object, start);
  const [whole, group] = found;
  if (whole.startsWith('[redacted:', whole.length - (group ?? whole).length)) return;
  if (test && !test(group ?? whole) && !scan.isExhausted(whole.length)) return;
  const secret = group ?? (extend ? text.slice(start, extend(text, start + whole.length)) : whole);
  // A group is at the end of its match.
  const begin = group === undefined ? start : start + whole.length - group.length;
  // This is the readable part of a redacted JWT.
  if (text.startsWith('[redacted:', begin + secret.length)) return;
  scan.put(start, begin, begin + secret.length, scan.replace(secret, name));
}

const BASE64 = /[\w+/-]{16,}(?:={1,2}|(?:%3d){1,2})?/iy;
/** Maximum length of a run that is decoded; a longer one may extend over two windows of a stream. */
const LONGEST_BASE64 = 16 * 1024;

/** Redacts JSON that is encoded in Base64 (RFC 4648). It is decoded, searched and encoded again. */
function base64JsonAt(scan: Scan, start: number): void {
  const { text } = scan;
  if (scan.kind === 'binary' || scan.kind === 'code' || start < scan.decodedRun) return;
  BASE64.lastIndex = start;
  const run = BASE64.exec(text)?.[0];
  if (run === undefined) return;
  scan.decodedRun = start + run.length;
  if (run.length > LONGEST_BASE64 || isWord(text.charCodeAt(start - 1))) return;
  const decoded = Buffer.from(run.replace(/%3d/gi, ''), 'base64').toString('latin1');
  const redacted = scan.redactPart(decoded);
  if (redacted === undefined) return;
  const isUrl = /[-_]/.test(run) || !/[+/=%]/.test(run);
  const encoded = Buffer.from(redacted, 'latin1').toString(isUrl ? 'base64url' : 'base64');
  scan.put(start, start, start + run.length, run.includes('%') ? encoded.replaceAll('=', '%3D') : encoded);
}

function endOfRun(text: string, start: number): number {
  RUN.lastIndex = start;
  return start + RUN.exec(text)![0].length;
}

const RUN = /[\w-]*/y;

function isWord(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57);
}

/** Whether an escape ends before an offset: `%20`, `\n`, or `\u0020`. */
function isEscape(text: string, at: number): boolean {
  return /(?:%[0-9a-f]{2}|\\[bfnrt]|\\u[0-9a-f]{4})$/i.test(text.slice(Math.max(0, at - 6), at));
}
