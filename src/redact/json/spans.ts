/** The span of a JSON value: its start and end in the text. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** Spans of the members of an object, by name; several if a name is repeated. */
  readonly members: ReadonlyMap<string, readonly Span[]> | undefined;
  /** Spans of the elements of an array. */
  readonly elements: readonly Span[] | undefined;
}

const MAX_LEVELS = 1000;
const STRING = /"(?:[^"\\]|\\[\s\S])*"/y;
const SCALAR = /[^\s,\]}]+/y;
const SPACE = /\s*/y;

/**
 * Finds the spans of all values in a text that `JSON.parse` accepts.
 * @returns undefined if it is nested too deeply
 */
export function spansOf(text: string): Span | undefined {
  return new Reader(text).value(0);
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  value(level: number): Span | undefined {
    this.skipSpace();
    const start = this.at;
    const first = this.text[start];
    if (level > MAX_LEVELS) return undefined;
    if (first === '{') return this.object(start, level);
    if (first === '[') return this.array(start, level);
    this.skip(first === '"' ? STRING : SCALAR);
    return { start, end: this.at, members: undefined, elements: undefined };
  }

  private object(start: number, level: number): Span | undefined {
    const members = new Map<string, Span[]>();
    this.at++;
    for (;;) {
      this.skipSpace();
      if (this.isAtEnd('}')) break;
      const from = this.at;
      this.skip(STRING);
      const name = JSON.parse(this.text.slice(from, this.at)) as string;
      this.skipSpace();
      this.at++;
      const span = this.value(level + 1);
      if (!span) return undefined;
      const known = members.get(name);
      if (known) known.push(span);
      else members.set(name, [span]);
      this.skipComma();
    }
    return { start, end: this.at, members, elements: undefined };
  }

  private array(start: number, level: number): Span | undefined {
    const elements: Span[] = [];
    this.at++;
    for (;;) {
      this.skipSpace();
      if (this.isAtEnd(']')) break;
      const span = this.value(level + 1);
      if (!span) return undefined;
      elements.push(span);
      this.skipComma();
    }
    return { start, end: this.at, members: undefined, elements };
  }

  private isAtEnd(bracket: string): boolean {
    if (this.at < this.text.length && this.text[this.at] !== bracket) return false;
    this.at++;
    return true;
  }

  private skipComma(): void {
    this.skipSpace();
    if (this.text[this.at] === ',') this.at++;
  }

  private skipSpace(): void {
    this.skip(SPACE);
  }

  private skip(pattern: RegExp): void {
    pattern.lastIndex = this.at;
    this.at += pattern.exec(this.text)?.[0].length ?? 1;
  }
}
