import { DEEPEST, type JsonLevel, LONGEST_NAME, readScalar } from './json-scan.js';

/** Called for each string and number. @param levels from the root to the parent; the array is reused for the next value */
type OnValue = (value: string, isString: boolean, levels: readonly JsonLevel[]) => void;

/** Longer scalars are skipped. */
const LONGEST = 64 * 1024;
/** Maximum nesting; the rest of a deeper text is not searched. */
const MAX_OPEN = 10_000;
/** UTF-8 as latin1. */
const BYTE_ORDER_MARK = '\xef\xbb\xbf';
const TOKEN = /[\s,]*(?:([[\]{}:])|("(?:[^"\\]|\\.)*")|([^\s,:"[\]{}]+))/sy;

/**
 * Finds the strings and numbers in JSON text that arrives in pieces, like `scanJson` for text in memory. It does not check the
 * syntax: invalid text has fewer values, or values in other places.
 */
export class JsonStream {
  private rest = '';
  /** Whether `rest` is inside of a string that is too long. */
  private skips = false;
  private isOver = false;
  private readonly levels: JsonLevel[] = [{ name: undefined, index: 0 }];
  /** For each open container, whether it is an object. */
  private readonly open: boolean[] = [];
  /** Containers at this depth or deeper are below a member with too long a name. */
  private mutedFrom = Number.POSITIVE_INFINITY;
  /** The last string, which is a name if a colon follows. */
  private last: string | undefined;

  constructor(private readonly onValue: OnValue) {}

  /** @param text UTF-8 as latin1 */
  push(text: string): void {
    if (this.isOver) return;
    let piece = this.rest + text;
    if (this.skips) piece = this.skip(piece);
    this.read(piece);
  }

  /** The text is complete. */
  end(): void {
    if (!this.isOver) this.read(`${this.rest}\n`);
    this.flush();
  }

  private read(text: string): void {
    TOKEN.lastIndex = 0;
    let at = 0;
    while (!this.isOver) {
      const match = TOKEN.exec(text);
      // A word at the end may continue.
      if (!match || (match[3] !== undefined && TOKEN.lastIndex === text.length)) break;
      at = TOKEN.lastIndex;
      const [, mark, string, word] = match;
      if (mark === ':') this.name();
      else if (mark !== undefined) this.bracket(mark);
      else if (string !== undefined) {
        this.flush();
        this.last = string;
      } else {
        this.flush();
        this.value(word!);
      }
    }
    this.rest = this.isOver ? '' : text.slice(at);
    if (this.rest.length <= LONGEST) return;
    this.skips = /^[\s,]*"/.test(this.rest);
    // Only the last characters matter: whether the next one is escaped.
    this.rest = this.skips ? `"${backslashes(this.rest) % 2 === 1 ? '\\' : ''}` : '';
  }

  /** Finds the end of a long string. @returns the text from its closing quotation mark, as an empty string */
  private skip(text: string): string {
    for (let end = text.indexOf('"', 1); end >= 0; end = text.indexOf('"', end + 1)) {
      if (backslashes(text.slice(0, end)) % 2 === 1) continue;
      this.skips = false;
      return `"${text.slice(end)}`;
    }
    return text;
  }

  /** The last string was a name. */
  private name(): void {
    const { last, levels, open } = this;
    this.last = undefined;
    if (last === undefined || !open.at(-1)) return;
    const depth = open.length;
    if (this.mutedFrom >= depth) this.mutedFrom = Number.POSITIVE_INFINITY;
    if (last.length > LONGEST_NAME) this.mutedFrom = Math.min(this.mutedFrom, depth);
    else if (depth < DEEPEST) levels[depth]!.name = decoded(last);
  }

  private bracket(mark: string): void {
    this.flush();
    const { levels, open } = this;
    if (mark === '{' || mark === '[') {
      open.push(mark === '{');
      if (open.length < DEEPEST) levels.push({ name: undefined, index: mark === '{' ? -1 : 0 });
      if (open.length > MAX_OPEN) this.isOver = true;
      return;
    }
    if (open.length === 0) {
      this.isOver = true;
      return;
    }
    if (open.length < DEEPEST) levels.pop();
    open.pop();
    if (open.length < this.mutedFrom) this.mutedFrom = Number.POSITIVE_INFINITY;
    this.counted();
  }

  /** Reports the last string, which was no name. */
  private flush(): void {
    const { last } = this;
    this.last = undefined;
    if (last !== undefined) this.value(last);
  }

  private value(token: string): void {
    const { levels, open, onValue } = this;
    if (open.length === 0 && token === BYTE_ORDER_MARK) return;
    const isString = token[0] === '"';
    if (open.length < DEEPEST && this.mutedFrom === Number.POSITIVE_INFINITY && (isString || /^[-\d]/.test(token))) {
      const value = decoded(token);
      if (value !== undefined) onValue(value, isString, levels);
    }
    this.counted();
  }

  /** The next value is in the next place. */
  private counted(): void {
    const { levels, open } = this;
    const level = open.length < DEEPEST ? levels[open.length] : undefined;
    if (level && level.index >= 0) level.index++;
  }
}

/** @returns undefined for an invalid escape */
function decoded(token: string): string | undefined {
  try {
    return readScalar(token, 0, token.length);
  } catch {
    return undefined;
  }
}

/** The number of backslashes at the end of a text. */
function backslashes(text: string): number {
  let count = 0;
  while (text[text.length - 1 - count] === '\\') count++;
  return count;
}
