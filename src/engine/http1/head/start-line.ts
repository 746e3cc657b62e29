import { isToken } from '../../../flow/http/token.js';
import { SP } from '../../../flow/text/ascii.js';
import { quoteWire } from '../../../flow/text/quote.js';
import { ProtocolError } from '../../errors.js';

export interface RequestLine {
  method: string;
  target: string;
  httpVersion: string;
}

/**
 * Parses a request line (RFC 9112 section 3). Control characters may remain in the target.
 * @throws ProtocolError (400, 505)
 */
export function parseRequestLine(line: string): RequestLine {
  const space = line.indexOf(' ');
  const last = line.lastIndexOf(' ');
  const method = line.slice(0, space);
  const target = line.slice(space + 1, last);
  const httpVersion = line.slice(last + 1);
  if (space <= 0 || last <= space + 1 || !isToken(method)) {
    throw new ProtocolError(400, `Not an HTTP request line: ${quoteWire(line)}`);
  }
  if (line.charCodeAt(space + 1) === SP)
    throw new ProtocolError(400, `More than one space after the method in ${quoteWire(line)}`);
  checkVersion(httpVersion, line, 400);
  return { method, target, httpVersion };
}

export interface StatusLine {
  httpVersion: string;
  statusCode: number;
  reason: string;
}

/**
 * Parses a status line (RFC 9112 section 4). Several spaces before the status are accepted, and `HTTP/2.0`, which some servers
 * write in an HTTP/1.1 message.
 * @throws ProtocolError (502)
 */
export function parseStatusLine(line: string): StatusLine {
  const version = line.slice(0, 8);
  const httpVersion = version === 'HTTP/2.0' ? 'HTTP/1.1' : version;
  let at = 9;
  while (line.charCodeAt(at) === SP) at++;
  const statusCode = statusOf(line, at);
  if (line[8] !== ' ' || statusCode < 100 || (line.length > at + 3 && line[at + 3] !== ' ')) {
    throw new ProtocolError(502, `The server did not answer with an HTTP status line: ${quoteWire(line)}`);
  }
  if (/[\0\r]/.test(line)) throw new ProtocolError(502, `A bare CR or a NUL in the status line ${quoteWire(line)}`);
  checkVersion(httpVersion, line, 502);
  return { httpVersion, statusCode, reason: line.slice(at + 4) };
}

/** @returns -1 if the code does not have three digits */
function statusOf(line: string, start: number): number {
  let status = 0;
  for (let at = start; at < start + 3; at++) {
    const digit = line.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return -1;
    status = status * 10 + digit;
  }
  return status;
}

function checkVersion(version: string, line: string, status: number): void {
  if (version === 'HTTP/1.1' || version === 'HTTP/1.0') return;
  if (!/^HTTP\/\d\.\d$/.test(version)) throw new ProtocolError(status, `Not an HTTP version in ${quoteWire(line)}`);
  if (!version.startsWith('HTTP/1.')) {
    throw new ProtocolError(status === 400 ? 505 : 502, `${version} is not a text protocol`);
  }
}

/** Whether the text has no control characters and no white space. */
export function isVisible(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char <= SP || char === 0x7f) return false;
  }
  return true;
}
