import { Headers } from '../../../flow/http/headers.js';
import { TCHAR } from '../../../flow/http/token.js';
import { COLON } from '../../../flow/text/ascii.js';
import type { FieldList } from '../frames/field-list.js';

/** The fields of a message, separated into pseudo-header fields and others. */
export interface ReadFields {
  /** Values of the pseudo-header fields, by their names with the colon. */
  readonly pseudo: ReadonlyMap<string, string>;
  readonly headers: Headers;
  /** Undefined if the field is missing or invalid. */
  readonly contentLength: number | undefined;
  /** `Trailer` announces trailers. */
  readonly announcesTrailers: boolean;
  /** `Expect: 100-continue` */
  readonly expectsContinue: boolean;
  /** The first violation, if any. */
  readonly violation: string | undefined;
}

/** Fields that belong to an HTTP/1 connection (RFC 9113 section 8.2.2). */
export const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Reads and checks fields (RFC 9113 sections 8.2 and 8.3).
 * @param allowed pseudo-header fields
 * @param strict reject all that the RFC forbids; otherwise only fields that would be ambiguous in HTTP/1; connection-specific
 * fields are then removed
 */
export function readFields(list: FieldList, allowed: readonly string[], strict: boolean): ReadFields {
  const pseudo = new Map<string, string>();
  const { names, values } = list;
  let violation: string | undefined;
  let text = '';
  let contentLength: number | undefined;
  let announcesTrailers = false;
  let expectsContinue = false;
  for (let at = 0; at < names.length; at++) {
    const name = names[at]!;
    const value = values[at]!;
    if (INVALID_VALUE.test(value)) {
      violation ??= 'a CR, LF or NUL in a header';
      continue;
    }
    if (name.charCodeAt(0) === COLON) {
      if (text !== '') violation ??= `the pseudo-header ${name} after a header`;
      if (!allowed.includes(name)) violation ??= `the pseudo-header ${printable(name)}`;
      else if (pseudo.has(name)) violation ??= `more than one pseudo-header ${name}`;
      else pseudo.set(name, value);
      continue;
    }
    const fault = nameFault(name);
    if (fault !== undefined && (strict || fault !== UPPER_CASE)) {
      violation ??= fault;
      if (fault !== UPPER_CASE) continue;
    }
    if (strict && isPadded(value)) violation ??= 'white space around the value of a header';
    if (CONNECTION_FIELDS.has(name)) {
      if (strict) violation ??= `the header ${name}, which HTTP/2 does not allow`;
      continue;
    }
    switch (name) {
      case 'te':
        if (strict && value !== 'trailers') violation ??= 'a TE other than trailers';
        break;
      case 'content-length': {
        const length = parseLength(value);
        if (length === undefined) violation ??= 'an invalid Content-Length';
        else if (contentLength === undefined) contentLength = length;
        else {
          if (contentLength !== length) violation ??= 'two different values of Content-Length';
          continue;
        }
        break;
      }
      case 'trailer':
        announcesTrailers = true;
        break;
      case 'expect':
        expectsContinue ||= value.toLowerCase() === '100-continue';
    }
    text += `${name}: ${value}\r\n`;
  }
  const headers = new Headers(Buffer.from(text, 'latin1'));
  return { pseudo, headers, contentLength, announcesTrailers, expectsContinue, violation };
}

const INVALID_VALUE = /[\0\r\n]/;
const UPPER_CASE = 'an upper-case letter in the name of a header';

function nameFault(name: string): string | undefined {
  if (name === '') return 'a header without a name';
  let hasUpperCase = false;
  for (let at = 0; at < name.length; at++) {
    const char = name.charCodeAt(at);
    if (TCHAR[char] !== 1) return `a header name with the byte 0x${char.toString(16).padStart(2, '0')}`;
    hasUpperCase ||= char >= 65 && char <= 90;
  }
  return hasUpperCase ? UPPER_CASE : undefined;
}

function isPadded(value: string): boolean {
  if (value === '') return false;
  return isSpace(value.charCodeAt(0)) || isSpace(value.charCodeAt(value.length - 1));
}

function isSpace(char: number): boolean {
  return char === 32 || char === 9;
}

function parseLength(value: string): number | undefined {
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

function printable(name: string): string {
  return JSON.stringify(name.slice(0, 40));
}
