import { BACKSLASH } from '../../../flow/text/ascii.js';
import { JsonError } from './json-error.js';

const EMPTY = Buffer.alloc(0);
const SIMPLE = new Map<number, number>(
  Object.entries({ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }).map(([from, to]) => [
    from.charCodeAt(0),
    to.charCodeAt(0),
  ]),
);

/** Decodes the escapes of a JSON string piece by piece: from the string's bytes to its text in UTF-8. */
export class Unescaper {
  /** An incomplete escape. */
  private rest: Buffer = EMPTY;

  /** @param last whether this is the last chunk @throws JsonError at an invalid escape */
  push(chunk: Buffer, last = false): Buffer {
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    this.rest = EMPTY;
    if (!bytes.includes(BACKSLASH)) return bytes;
    // Unescaped text is never longer.
    const out = Buffer.allocUnsafe(bytes.length);
    let length = 0;
    for (let at = 0; at < bytes.length; ) {
      const byte = bytes[at]!;
      if (byte !== BACKSLASH) {
        out[length++] = byte;
        at++;
        continue;
      }
      const size = escapeSize(bytes, at, last);
      if (size === 0) {
        this.rest = Buffer.from(bytes.subarray(at));
        break;
      }
      length += writeEscape(bytes, at, size, out, length);
      at += size;
    }
    return out.subarray(0, length);
  }
}

/** Length of the escape, counting a surrogate pair as one; 0 if it is incomplete. */
function escapeSize(bytes: Buffer, at: number, last: boolean): number {
  const left = bytes.length - at;
  if (left >= 2 && bytes[at + 1] !== 0x75) return 2;
  if (left < 6) {
    if (last) throw new JsonError('incomplete escape in a string');
    return 0;
  }
  if (!isHighSurrogate(unit(bytes, at))) return 6;
  const next = left > 6 && bytes[at + 6] !== BACKSLASH ? 6 : left > 7 && bytes[at + 7] !== 0x75 ? 6 : 12;
  if (next === 6 || (last && left < 12)) return 6;
  if (left < 12) return 0;
  return isLowSurrogate(unit(bytes, at + 6)) ? 12 : 6;
}

/** @returns the number of bytes written */
function writeEscape(bytes: Buffer, at: number, size: number, out: Buffer, to: number): number {
  if (size === 2) {
    const character = SIMPLE.get(bytes[at + 1]!);
    if (character === undefined) throw new JsonError('invalid escape in a string');
    out[to] = character;
    return 1;
  }
  const first = unit(bytes, at);
  // A lone surrogate becomes U+FFFD in UTF-8.
  const text = size === 12 ? String.fromCharCode(first, unit(bytes, at + 6)) : String.fromCharCode(first);
  return out.write(text, to, 'utf8');
}

/** The UTF-16 code unit of `\uXXXX`. */
function unit(bytes: Buffer, at: number): number {
  const digits = bytes.toString('latin1', at + 2, at + 6);
  if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new JsonError('invalid escape in a string');
  return Number.parseInt(digits, 16);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
