import { ProtocolError } from '../errors.js';

/** What a head says about the message and its connection, collected in the one pass that reads it. */
export interface HeadFacts {
  /** Values of `Content-Length`, as sent. */
  contentLength: readonly string[];
  /** Values of `Transfer-Encoding`, as sent. */
  transferEncoding: readonly string[];
  /** `Connection`, lower case, several lines joined by commas. */
  connection: string;
  expectContinue: boolean;
  /** `Upgrade`, lower case. */
  upgrade: string;
  hasHost: boolean;
  /** A `Proxy-*` field is there. */
  hasProxyFields: boolean;
}

/** The head of an HTTP/1 message: start line and field block. */
export interface Head extends HeadFacts {
  /** Start line without its line end, latin1. */
  line: string;
  /** Field lines, each ended by CRLF. A view of the bytes that were read, unless line ends had to be mended. */
  block: Buffer;
  /** The head as it came, to go on unchanged; undefined if it cannot, as its line ends were bare LFs. */
  raw: Buffer | undefined;
  /** Offset of the first byte behind the head. */
  end: number;
  /** The first thing wrong with it, if any; the rest was read all the same, so that it can be recorded. */
  violation: string | undefined;
}

const CR = 13;
const LF = 10;
const SP = 32;
const HTAB = 9;
const COLON = 58;

const NONE: readonly string[] = [];

/** RFC 9110 section 5.6.2. */
const TOKEN = new Uint8Array(256);
for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  TOKEN[char.charCodeAt(0)] = 1;
}

/**
 * Reads the head of an HTTP/1 message (RFC 9112 sections 2 to 5) that begins at `start`.
 * Lines may end in LF alone; folded lines are kept as they are.
 * @param strict refuse what RFC 9112 forbids in names and line ends; without it only what cannot be framed is refused
 * @returns undefined if the end of the head is not there yet
 */
export function parseHead(bytes: Buffer, start: number, strict: boolean): Head | undefined {
  const length = bytes.length;
  let at = start;
  // An empty line before the request line is ignored (RFC 9112 section 2.2).
  while (at < length && (bytes[at] === CR || bytes[at] === LF)) at++;
  const lineStart = at;
  const lineEnd = bytes.indexOf(LF, at);
  if (lineEnd < 0) return undefined;
  const head: Head = {
    line: bytes.toString('latin1', lineStart, bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd),
    block: bytes,
    raw: undefined,
    end: 0,
    violation: undefined,
    contentLength: NONE,
    transferEncoding: NONE,
    connection: '',
    expectContinue: false,
    upgrade: '',
    hasHost: false,
    hasProxyFields: false,
  };
  let bareLf = lineEnd === lineStart || bytes[lineEnd - 1] !== CR;
  at = lineEnd + 1;
  const blockStart = at;
  for (;;) {
    if (at >= length) return undefined;
    const first = bytes[at]!;
    if (first === LF) {
      bareLf = true;
      break;
    }
    if (first === CR) {
      if (at + 1 >= length) return undefined;
      if (bytes[at + 1] === LF) break;
    }
    // Name
    const nameStart = at;
    while (at < length && TOKEN[bytes[at]!] === 1) at++;
    if (at >= length) return undefined;
    const nameEnd = at;
    let colon = at;
    if (bytes[at] !== COLON || nameEnd === nameStart) {
      if (strict) head.violation ??= nameViolation(bytes, nameStart, nameEnd);
      while (colon < length && bytes[colon] !== COLON && bytes[colon] !== LF) colon++;
      if (colon >= length) return undefined;
      if (bytes[colon] === LF) {
        head.violation ??= 'a header line without a colon';
        bareLf ||= bytes[colon - 1] !== CR;
        at = colon + 1;
        continue;
      }
    }
    // Value, up to a line end that no folded line follows
    const valueStart = colon + 1;
    let folded = false;
    at = valueStart;
    for (;;) {
      while (at < length && bytes[at]! > CR) at++;
      if (at >= length) return undefined;
      const byte = bytes[at];
      if (byte === LF) {
        bareLf ||= bytes[at - 1] !== CR;
        if (at + 1 >= length) return undefined;
        const next = bytes[at + 1];
        if (next !== SP && next !== HTAB) break;
        folded = true;
      } else if (byte === CR) {
        if (at + 1 >= length) return undefined;
        if (bytes[at + 1] !== LF && strict) head.violation ??= 'a bare CR in a header';
      } else if (byte === 0 && strict) head.violation ??= 'a NUL byte in a header';
      at++;
    }
    collectFact(head, bytes, nameStart, trimmedEnd(bytes, nameStart, colon), valueStart, at, folded && strict);
    at++;
  }
  const blockEnd = at;
  head.end = bytes[at] === CR ? at + 2 : at + 1;
  head.block = bytes.subarray(blockStart, blockEnd);
  if (bareLf) head.block = Buffer.from(head.block.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
  else head.raw = bytes.subarray(lineStart, head.end);
  return head;
}

/** Whether a head may end in these bytes; only what is behind `from` is new. */
export function mayEndHead(bytes: Buffer, from: number): boolean {
  for (let at = bytes.indexOf(LF, Math.max(0, from - 2)); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    const next = bytes[at + 1];
    if (next === LF || (next === CR && bytes[at + 2] === LF)) return true;
  }
  return false;
}

export interface RequestLine {
  method: string;
  target: string;
  httpVersion: string;
}

/** RFC 9112 section 3. Control characters may be left in the target. @throws ProtocolError (400, 505) */
export function parseRequestLine(line: string): RequestLine {
  const space = line.indexOf(' ');
  const last = line.lastIndexOf(' ');
  const method = line.slice(0, space);
  const target = line.slice(space + 1, last);
  const httpVersion = line.slice(last + 1);
  if (space <= 0 || last <= space + 1 || !isToken(method)) {
    throw new ProtocolError(400, `Not an HTTP request line: ${quote(line)}`);
  }
  checkVersion(httpVersion, line, 400);
  return { method, target, httpVersion };
}

export interface StatusLine {
  httpVersion: string;
  statusCode: number;
  reason: string;
}

/** RFC 9112 section 4. @throws ProtocolError (502) */
export function parseStatusLine(line: string): StatusLine {
  const httpVersion = line.slice(0, 8);
  const statusCode = statusOf(line);
  if (line[8] !== ' ' || statusCode < 100 || (line.length > 12 && line[12] !== ' ') || /[\0\r]/.test(line)) {
    throw new ProtocolError(502, `The server did not answer with an HTTP status line: ${quote(line)}`);
  }
  checkVersion(httpVersion, line, 502);
  return { httpVersion, statusCode, reason: line.slice(13) };
}

/** @returns -1 if there are not three digits */
function statusOf(line: string): number {
  let status = 0;
  for (let at = 9; at < 12; at++) {
    const digit = line.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return -1;
    status = status * 10 + digit;
  }
  return status;
}

function checkVersion(version: string, line: string, status: number): void {
  if (version === 'HTTP/1.1' || version === 'HTTP/1.0') return;
  if (!/^HTTP\/\d\.\d$/.test(version)) throw new ProtocolError(status, `Not an HTTP version in ${quote(line)}`);
  if (!version.startsWith('HTTP/1.')) {
    throw new ProtocolError(status === 400 ? 505 : 502, `${version} cannot be spoken as text`);
  }
}

/** Without control characters and white space. */
export function isVisible(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char <= SP || char === 0x7f) return false;
  }
  return true;
}

function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (TOKEN[text.charCodeAt(at)] !== 1) return false;
  return text.length > 0;
}

/** As much of an odd line as a log can bear. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

function nameViolation(bytes: Buffer, start: number, end: number): string {
  const byte = bytes[end];
  if (end === start && byte === COLON) return 'a header without a name';
  if (end === start && (byte === SP || byte === HTAB)) return 'a folded line before the first header';
  if (byte === SP || byte === HTAB) return 'white space before the colon of a header';
  if (byte === CR || byte === LF) return 'a header line without a colon';
  return `a header name with the byte 0x${byte!.toString(16).padStart(2, '0')}`;
}

function trimmedEnd(bytes: Buffer, start: number, end: number): number {
  let at = end;
  while (at > start && (bytes[at - 1] === SP || bytes[at - 1] === HTAB)) at--;
  return at;
}

/** Notes what a field says if it is one of the few that matter for framing; the length of the name rules most out. */
function collectFact(
  head: Head,
  bytes: Buffer,
  start: number,
  end: number,
  valueStart: number,
  valueEnd: number,
  refuseFold: boolean,
): void {
  switch (end - start) {
    case 4:
      if (isName(bytes, start, 'host')) head.hasHost = true;
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
        head.contentLength = [...head.contentLength, value(bytes, valueStart, valueEnd)];
      }
      break;
    case 17:
      if (isName(bytes, start, 'transfer-encoding')) {
        if (refuseFold) head.violation ??= 'a folded Transfer-Encoding';
        head.transferEncoding = [...head.transferEncoding, value(bytes, valueStart, valueEnd)];
      }
  }
  if (end - start > 6 && isName(bytes, start, 'proxy-')) head.hasProxyFields = true;
}

/** Compares with a name in lower case; setting the bit 0x20 folds letters and leaves `-` alone. */
function isName(bytes: Buffer, start: number, name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    if ((bytes[start + at]! | 0x20) !== name.charCodeAt(at)) return false;
  }
  return true;
}

/** What nearly every `Connection` says, without making a string of it. */
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

/** Optional white space and line ends, and no other control character: a receiver may not take that for space. */
function isSpace(byte: number): boolean {
  return byte === SP || byte === HTAB || byte === CR || byte === LF;
}
