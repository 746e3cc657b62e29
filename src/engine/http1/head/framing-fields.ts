import { COLON, CR, DOT, HTAB, LF, SP } from '../../../flow/text/ascii.js';

const HYPHEN = 45;
const ZERO = 48;
const UNDERSCORE = 95;

/** The fields for framing and connection handling, collected in the single pass over the head. */
export interface FramingFields {
  /** Values of `Content-Length`, as sent. */
  contentLength: readonly string[];
  /** Values of `Transfer-Encoding`, as sent. */
  transferEncoding: readonly string[];
  /** `Connection`, lower case, several lines joined by commas. */
  connection: string;
  expectContinue: boolean;
  /** `Upgrade`, lower case, several lines joined by commas. */
  upgrade: string;
  /** `Host` lines. */
  hosts: number;
  /**
   * Whether a `Host` has to be parsed because it is more than a plain name with an optional port:
   * `[A-Za-z0-9._-]+(:[0-9]{0,5})?`.
   */
  hasOddHost: boolean;
  /** Whether the head has a `Proxy-*` field. */
  hasProxyFields: boolean;
  /** The first violation in the head; undefined for a valid head. The rest is still parsed, so that it can be recorded. */
  violation: string | undefined;
}

/** Collects a field if it is one of the few that matter for framing; its name's length rules most out. */
export function collectFramingField(
  head: FramingFields,
  bytes: Buffer,
  start: number,
  end: number,
  valueStart: number,
  valueEnd: number,
  refuseFold: boolean,
): void {
  switch (end - start) {
    case 4:
      if (isName(bytes, start, 'host')) {
        head.hosts++;
        head.hasOddHost ||= isOdd(bytes, valueStart, valueEnd);
      }
      return;
    case 6:
      if (isName(bytes, start, 'expect')) {
        head.expectContinue ||= value(bytes, valueStart, valueEnd).toLowerCase() === '100-continue';
      }
      return;
    case 7:
      if (isName(bytes, start, 'upgrade')) {
        const text = value(bytes, valueStart, valueEnd).toLowerCase();
        head.upgrade = head.upgrade ? `${head.upgrade},${text}` : text;
      }
      break;
    case 10:
      if (isName(bytes, start, 'connection')) {
        const text = isKeepAlive(bytes, valueStart, valueEnd)
          ? 'keep-alive'
          : value(bytes, valueStart, valueEnd).toLowerCase();
        head.connection = head.connection ? `${head.connection},${text}` : text;
      }
      break;
    case 14:
      if (isName(bytes, start, 'content-length')) {
        if (refuseFold) head.violation ??= 'a folded Content-Length';
        head.contentLength = added(head.contentLength, value(bytes, valueStart, valueEnd));
      }
      break;
    case 17:
      if (isName(bytes, start, 'transfer-encoding')) {
        if (refuseFold) head.violation ??= 'a folded Transfer-Encoding';
        head.transferEncoding = added(head.transferEncoding, value(bytes, valueStart, valueEnd));
      }
  }
  if (end - start > 6 && isName(bytes, start, 'proxy-')) head.hasProxyFields = true;
}

/** All heads share the empty list, so the first value creates a new one. */
function added(values: readonly string[], text: string): readonly string[] {
  if (values.length === 0) return [text];
  (values as string[]).push(text);
  return values;
}

/** Compares with a name in lower case; setting the bit 0x20 folds letters and leaves `-` alone. */
function isName(bytes: Buffer, start: number, name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    if ((bytes[start + at]! | 0x20) !== name.charCodeAt(at)) return false;
  }
  return true;
}

/** Whether a `Host` is more than a plain name with an optional port. */
function isOdd(bytes: Buffer, start: number, end: number): boolean {
  let from = start;
  let to = end;
  while (from < to && isSpace(bytes[from]!)) from++;
  while (to > from && isSpace(bytes[to - 1]!)) to--;
  let at = from;
  while (at < to && isNameByte(bytes[at]!)) at++;
  if (at === to) return false;
  if (bytes[at] !== COLON || at === from || to - at > 6) return true;
  let port = 0;
  for (at++; at < to; at++) {
    if (!isDigit(bytes[at]!)) return true;
    port = port * 10 + bytes[at]! - ZERO;
  }
  return port > 65_535;
}

function isNameByte(byte: number): boolean {
  const lower = byte | 0x20;
  return (lower >= 97 && lower <= 122) || isDigit(byte) || byte === DOT || byte === HYPHEN || byte === UNDERSCORE;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 57;
}

/** Recognises the most common `Connection` value without creating a string. */
function isKeepAlive(bytes: Buffer, start: number, end: number): boolean {
  const from = bytes[start] === SP ? start + 1 : start;
  const to = bytes[end - 1] === CR ? end - 1 : end;
  return to - from === 10 && isName(bytes, from, 'keep-alive');
}

function value(bytes: Buffer, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isSpace(bytes[from]!)) from++;
  while (to > from && isSpace(bytes[to - 1]!)) to--;
  return bytes.toString('latin1', from, to);
}

/** Optional white space and line ends only: other control characters must not be treated as white space. */
function isSpace(byte: number): boolean {
  return byte === SP || byte === HTAB || byte === CR || byte === LF;
}
