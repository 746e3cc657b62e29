import { BACKSLASH } from '../../flow/text/ascii.js';
import { fromWire } from '../../flow/text/wire-text.js';

/** Values at this depth or deeper are not reported. This also limits the length of paths. */
export const DEEPEST = 64;
/** Values below a member with a longer name are not reported. */
export const LONGEST_NAME = 256;

/** An object or array that contains the current value. */
export interface JsonLevel {
  /** The name of the current member; undefined in an array. */
  name: string | undefined;
  /** The index of the current element; -1 in an object. */
  index: number;
}

/**
 * Called for each string and number.
 * @param start offset of the literal; for a string, of its opening quote
 * @param levels from the root to the parent of the value; the array is reused for the next value
 */
export type OnJsonScalar = (start: number, end: number, levels: readonly JsonLevel[]) => void;

/**
 * Finds the strings and numbers in JSON text (RFC 8259). They can be replaced without changing other bytes. The text may
 * contain several JSON texts, as in JSON Lines; the index of the outermost level counts them.
 * @param text UTF-8 as latin1: one character is one byte
 * @throws SyntaxError for invalid JSON
 */
export function scanJson(text: string, onScalar: OnJsonScalar): void {
  new Scan(text, onScalar).run();
}

class Scan {
  private at = 0;
  private wantsValue = false;
  private readonly levels: JsonLevel[] = [{ name: undefined, index: 0 }];
  /** The expected closing brackets of all open levels, including levels too deep for `levels`. */
  private readonly closers: string[] = [];
  /** Values below this depth are not reported, because a member there has too long a name. */
  private mutedFrom = Number.POSITIVE_INFINITY;

  constructor(
    private readonly text: string,
    private readonly onScalar: OnJsonScalar,
  ) {}

  run(): void {
    // Skips a byte order mark.
    if (this.text.startsWith('\xef\xbb\xbf')) this.at = 3;
    for (this.skipSpace(); this.at < this.text.length; this.skipSpace()) {
      this.wantsValue = true;
      while (this.wantsValue || this.closers.length > 0) {
        if (this.wantsValue) this.value();
        else this.next();
      }
      this.levels[0]!.index++;
    }
    if (this.levels[0]!.index === 0) this.fail();
  }

  /** Reads a scalar or the opening bracket of an object or array. */
  private value(): void {
    this.wantsValue = false;
    const char = this.text[this.at];
    if (char === '{') this.enter('}');
    else if (char === '[') this.enter(']');
    else if (char === '"') this.report(this.stringEnd());
    else if (char === 't') this.word('true');
    else if (char === 'f') this.word('false');
    else if (char === 'n') this.word('null');
    else this.report(this.numberEnd());
  }

  private enter(closer: string): void {
    this.at++;
    this.closers.push(closer);
    if (this.closers.length < DEEPEST) this.levels.push({ name: undefined, index: closer === ']' ? 0 : -1 });
    this.skipSpace();
    if (this.text[this.at] === closer) return;
    if (closer === '}') this.member();
    else this.wantsValue = true;
  }

  /** Continues after a value, with the next one or with a closing bracket. */
  private next(): void {
    this.skipSpace();
    const closer = this.closers.at(-1)!;
    const char = this.text[this.at];
    if (char === closer) {
      this.at++;
      this.leave();
    } else if (char === ',') {
      this.at++;
      this.skipSpace();
      if (closer === '}') this.member();
      else {
        if (this.closers.length < DEEPEST) this.levels[this.closers.length]!.index++;
        this.wantsValue = true;
      }
    } else this.fail();
  }

  private leave(): void {
    if (this.closers.length < DEEPEST) this.levels.pop();
    this.closers.pop();
    if (this.closers.length < this.mutedFrom) this.mutedFrom = Number.POSITIVE_INFINITY;
  }

  private member(): void {
    if (this.text[this.at] !== '"') this.fail();
    const start = this.at;
    const end = this.stringEnd();
    this.at = end;
    const level = this.closers.length < DEEPEST ? this.levels[this.closers.length] : undefined;
    if (level) {
      if (this.mutedFrom >= this.closers.length) this.mutedFrom = Number.POSITIVE_INFINITY;
      if (end - start <= LONGEST_NAME) level.name = readString(this.text, start, end);
      else this.mutedFrom = Math.min(this.mutedFrom, this.closers.length);
    }
    this.skipSpace();
    if (this.text[this.at] !== ':') this.fail();
    this.at++;
    this.skipSpace();
    this.wantsValue = true;
  }

  private report(end: number): void {
    const start = this.at;
    this.at = end;
    if (this.closers.length < DEEPEST && this.mutedFrom === Number.POSITIVE_INFINITY) {
      this.onScalar(start, end, this.levels);
    }
  }

  private word(word: string): void {
    if (!this.text.startsWith(word, this.at)) this.fail();
    this.at += word.length;
  }

  /** The offset after the string at the current offset. */
  private stringEnd(): number {
    const { text } = this;
    for (let end = text.indexOf('"', this.at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
      let slashes = 0;
      while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
      if (slashes % 2 === 0) return end + 1;
    }
    return this.fail();
  }

  private numberEnd(): number {
    const { text } = this;
    let end = this.at;
    while (NUMBER_CHARS.includes(text[end] ?? ' ')) end++;
    if (!isJsonNumber(text.slice(this.at, end))) this.fail();
    return end;
  }

  private skipSpace(): void {
    const { text } = this;
    for (;;) {
      const code = text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at++;
    }
  }

  private fail(): never {
    throw new SyntaxError(`Not JSON at offset ${this.at}`);
  }
}

const NUMBER_CHARS = '0123456789+-.eE';

export function isJsonNumber(text: string): boolean {
  return /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(text);
}

/** The value of a scalar: the decoded text of a string, or the digits of a number. @throws SyntaxError for an invalid escape */
export function readScalar(text: string, start: number, end: number): string {
  return text[start] === '"' ? readString(text, start, end) : text.slice(start, end);
}

function readString(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1);
  return raw.includes('\\') ? (JSON.parse(fromWire(text.slice(start, end))) as string) : fromWire(raw);
}
