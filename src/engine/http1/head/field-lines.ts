import { TCHAR } from '../../../flow/http/token.js';
import { COLON, CR, LF } from '../../../flow/text/ascii.js';
import { collectFramingField, type FramingFields } from './framing-fields.js';

/** In place of an offset: the head goes on in bytes that have not arrived yet. */
const INCOMPLETE = -1;

/** Reads the field lines of a head (RFC 9112 section 5) in one pass, and collects the fields that matter for framing. */
export class FieldLines {
  /** Whether lines end in a bare LF. */
  bareLf = false;
  /** Whether lines are folded (obs-fold, section 5.2). */
  folded = false;
  /** Whether there is white space between a name and its colon. */
  spacedColon = false;

  /**
   * @param framing receives fields and the first violation
   * @param isResponse whether white space before a colon is removed; requests with it are refused (section 5.1)
   * @param strict reports violations in names and values; otherwise only a line without a colon
   */
  constructor(
    private readonly bytes: Buffer,
    private readonly framing: FramingFields,
    private readonly isResponse: boolean,
    private readonly strict: boolean,
  ) {}

  /** @returns the offset of the empty line after the fields; -1 if it has not arrived */
  read(start: number): number {
    const { bytes } = this;
    const { length } = bytes;
    let at = start;
    while (at >= 0 && at < length) {
      const first = bytes[at];
      if (first === LF) {
        this.bareLf = true;
        return at;
      }
      if (first === CR && bytes[at + 1] === LF) return at;
      at = this.readField(at);
    }
    return INCOMPLETE;
  }

  /** Reads a field with the folded lines after it. @returns the offset after it */
  private readField(start: number): number {
    const { bytes } = this;
    const { length } = bytes;
    let nameEnd = start;
    while (nameEnd < length && TCHAR[bytes[nameEnd]!] === 1) nameEnd++;
    if (bytes[nameEnd] !== COLON || nameEnd === start) return this.readInvalidName(start, nameEnd);
    return this.readValue(start, nameEnd, nameEnd + 1);
  }

  /** Reads a field that does not begin with a valid name and a colon. @param tokenEnd offset after the valid characters */
  private readInvalidName(start: number, tokenEnd: number): number {
    const { bytes, framing, strict } = this;
    let colon = tokenEnd;
    while (colon < bytes.length && bytes[colon] !== COLON && bytes[colon] !== LF) colon++;
    if (colon >= bytes.length) return INCOMPLETE;
    if (this.isResponse && isOnlySpaced(bytes, start, tokenEnd, colon)) this.spacedColon = true;
    else if (strict) framing.violation ??= nameViolation(bytes, start, tokenEnd, colon);
    if (bytes[colon] === LF) {
      framing.violation ??= NO_COLON;
      if (bytes[colon - 1] !== CR) this.bareLf = true;
      return colon + 1;
    }
    let nameStart = start;
    if (isBlank(bytes[start])) {
      // A folded line without a field before it is dropped without being processed (section 2.2), unless it is refused.
      if (!strict) this.folded = true;
      nameStart = strict ? afterBlanks(bytes, start) : colon;
    }
    return this.readValue(nameStart, trimmedEnd(bytes, nameStart, colon), colon + 1);
  }

  /** Reads up to a line end that no folded line follows. @returns the offset after it */
  private readValue(nameStart: number, nameEnd: number, valueStart: number): number {
    const { bytes, framing, strict } = this;
    const { length } = bytes;
    let folded = false;
    let at = valueStart;
    for (;;) {
      while (at < length && bytes[at]! > CR) at++;
      if (at >= length) return INCOMPLETE;
      if (bytes[at] === LF) {
        if (bytes[at - 1] !== CR) this.bareLf = true;
        if (at + 1 >= length) return INCOMPLETE;
        if (!isBlank(bytes[at + 1])) break;
        folded = true;
      } else if (strict) {
        if (bytes[at] === CR && bytes[at + 1] !== LF) framing.violation ??= 'a bare CR in a header';
        else if (bytes[at] === 0) framing.violation ??= 'a NUL byte in a header';
      }
      at++;
    }
    if (folded) this.folded = true;
    collectFramingField(framing, bytes, nameStart, nameEnd, valueStart, at, folded && strict);
    return at + 1;
  }
}

const NO_COLON = 'a header line without a colon';

/**
 * @param tokenEnd offset after the valid name characters
 * @param colon offset of the colon, or of the line's end
 */
function nameViolation(bytes: Buffer, start: number, tokenEnd: number, colon: number): string {
  const byte = bytes[tokenEnd];
  if (tokenEnd === start && byte === COLON) return 'a header without a name';
  if (tokenEnd === start && isBlank(byte)) return 'a folded line before the first header';
  if (bytes[colon] === LF) return NO_COLON;
  if (byte === CR) return 'a bare CR in a header';
  if (trimmedEnd(bytes, start, colon) === tokenEnd) return 'white space before the colon of a header';
  if (isBlank(byte)) return 'white space in the name of a header';
  return `a header name with the byte 0x${byte!.toString(16).padStart(2, '0')}`;
}

/** Whether white space before the colon is all that is wrong with a name. */
function isOnlySpaced(bytes: Buffer, start: number, tokenEnd: number, colon: number): boolean {
  if (bytes[colon] !== COLON || tokenEnd === start) return false;
  return isBlank(bytes[tokenEnd]) && trimmedEnd(bytes, start, colon) === tokenEnd;
}

function afterBlanks(bytes: Buffer, start: number): number {
  let at = start;
  while (isBlank(bytes[at])) at++;
  return at;
}

function trimmedEnd(bytes: Buffer, start: number, end: number): number {
  let at = end;
  while (at > start && isBlank(bytes[at - 1])) at--;
  return at;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 9;
}
