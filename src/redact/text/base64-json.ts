import type { Scan } from './scan.js';

const RUN = /[\w+/-]{16,}(?:={1,2}|(?:%3d){1,2})?/iy;
/** Maximum length of a run that is decoded; a longer one may extend over two windows of a stream. */
const LONGEST = 16 * 1024;

/** Redacts JSON that is encoded in Base64 (RFC 4648). It is decoded, searched and encoded again. */
export function base64JsonAt(scan: Scan, start: number): void {
  const { text } = scan;
  if (scan.kind === 'binary' || scan.kind === 'code' || start < scan.decodedRun) return;
  RUN.lastIndex = start;
  const run = RUN.exec(text)?.[0];
  if (run === undefined) return;
  scan.decodedRun = start + run.length;
  if (run.length > LONGEST || isAlphanumeric(text.charCodeAt(start - 1))) return;
  const decoded = Buffer.from(run.replace(/%3d/gi, ''), 'base64').toString('latin1');
  const redacted = scan.redactPart(decoded);
  if (redacted === undefined) return;
  const isUrl = /[-_]/.test(run) || !/[+/=%]/.test(run);
  const encoded = Buffer.from(redacted, 'latin1').toString(isUrl ? 'base64url' : 'base64');
  scan.put(start, start, start + run.length, run.includes('%') ? encoded.replaceAll('=', '%3D') : encoded);
}

function isAlphanumeric(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57);
}
