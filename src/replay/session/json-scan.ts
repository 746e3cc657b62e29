import { fromWire } from '../../flow/text/wire-text.js';

/** Deeper values are not reported. It also bounds the length of paths. */
const DEEPEST = 64;
/** Longer names of members end the path: what is below is not reported. */
const LONGEST_NAME = 256;

/** An object or array around a value. */
export interface JsonLevel {
  /** The name of the current member; undefined in an array. */
  name: string | undefined;
  /** The index of the current element; -1 in an object. */
  index: number;
}

/**
 * Receives a string or number.
 * @param start position of the literal, of a string with its quotes
 * @param levels from the root to the parent of the value; reused for the next value
 */
export type OnJsonScalar = (start: number, end: number, levels: readonly JsonLevel[]) => void;

/**
 * Finds the strings and numbers of JSON text (RFC 8259) with their positions, so that one can be replaced and everything else
 * keeps its bytes. Several texts may follow each other, as in JSON Lines; the outermost level counts them.
 * @param text UTF-8 as latin1: one character is one byte
 * @throws SyntaxError if it is not JSON
 */
export function scanJson(text: string, onScalar: OnJsonScalar): void {
  new Scan(text, onScalar).run();
}

class Scan {
  private at = 0;
  private wantsValue = false;
  private readonly levels: JsonLevel[] = [{ name: undefined, index: 0 }];
  /** Levels that are not in `levels`, because they are too deep: the closing brackets expected. */
  private readonly closers: string[] = [];
  /** The depth below which values are not reported, because the name of a member is too long. */
  private mutedFrom = Number.POSITIVE_INFINITY;

  constructor(
    private readonly text: string,
    private readonly onScalar: OnJsonScalar,
  ) {}

  run(): void {
    // A byte order mark.
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

  /** Reads a scalar, or enters an object or array. */
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

  /** Goes on after a value: to the next one, or out of an object or array. */
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

  /** The position after the string that starts here. */
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

const BACKSLASH = 92;
const NUMBER_CHARS = '0123456789+-.eE';

export function isJsonNumber(text: string): boolean {
  return /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(text);
}

/** The value of a scalar: of a string its text, of a number its digits. @throws SyntaxError if an escape is not valid */
export function readScalar(text: string, start: number, end: number): string {
  return text[start] === '"' ? readString(text, start, end) : text.slice(start, end);
}

function readString(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1);
  return raw.includes('\\') ? (JSON.parse(fromWire(text.slice(start, end))) as string) : fromWire(raw);
}
