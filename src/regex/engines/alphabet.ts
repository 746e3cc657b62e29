import { type CharSet, isWord } from '../charset.js';
import type { Assertion } from '../syntax.js';

/** Traits of a neighbouring character that assertions test, as bits. */
const NEWLINE = 1;
const WORD = 2;
const UNICODE_WORD = 4;
/** No character: the beginning or the end of the text. */
export const EDGE = 8;
/** A newline that is the last character. */
const LAST_NEWLINE = 16;

export const NEWLINE_CODE = 10;

/** A class of characters that no set and no assertion of a regex distinguishes. */
export interface CharSymbol {
  id: number;
  traits: number;
  /** For each set of the automaton, whether it contains the class. */
  inSets: boolean[];
}

/**
 * The character classes that a regex distinguishes. The automaton needs one transition per class, not per character.
 */
export class Alphabet {
  readonly symbols: CharSymbol[] = [];
  /** The symbols of codes below 256. */
  readonly low: Uint8Array;
  readonly lastNewline: number;
  readonly end: number;
  /** Number of symbols after construction; characters beyond 255 can add more. */
  readonly initialSize: number;
  private readonly known = new Map<string, number>();
  private readonly high = new Map<number, number>();
  /** The traits that assertions of this regex test. Others would only multiply symbols. */
  private readonly testedTraits: number;

  constructor(
    private readonly sets: readonly CharSet[],
    assertions: readonly { assertion: Assertion; unicode: boolean }[],
  ) {
    this.testedTraits = assertions.reduce((traits, { assertion, unicode }) => traits | traitsOf(assertion, unicode), 0);
    this.low = Uint8Array.from({ length: 256 }, (_, code) => this.classify(code));
    const newline = this.symbols[this.low[NEWLINE_CODE]!]!;
    this.lastNewline = this.add('last newline', newline.traits | LAST_NEWLINE, newline.inSets);
    this.end = this.add('end', EDGE, []);
    this.initialSize = this.symbols.length;
  }

  /** The symbol of any code point. */
  symbolOf(code: number): number {
    if (code < 256) return this.low[code]!;
    let id = this.high.get(code);
    if (id === undefined) {
      id = this.classify(code);
      this.high.set(code, id);
    }
    return id;
  }

  private classify(code: number): number {
    const all =
      (code === NEWLINE_CODE ? NEWLINE : 0) |
      (isWord(code, false) ? WORD : 0) |
      (isWord(code, true) ? UNICODE_WORD : 0);
    const traits = all & this.testedTraits;
    const inSets = this.sets.map((set) => set.has(code));
    const key = `${traits} ${inSets.map(Number).join('')}`;
    return this.known.get(key) ?? this.add(key, traits, inSets);
  }

  private add(key: string, traits: number, inSets: boolean[]): number {
    const id = this.symbols.length;
    this.symbols.push({ id, traits, inSets });
    this.known.set(key, id);
    return id;
  }
}

/** The traits of neighbours that an assertion depends on, besides `EDGE`. */
function traitsOf(assertion: Assertion, unicode: boolean): number {
  if (assertion === 'boundary' || assertion === 'noBoundary') return unicode ? UNICODE_WORD : WORD;
  return assertion === 'lineStart' || assertion === 'lineEnd' ? NEWLINE : 0;
}

/** Whether an assertion holds between two neighbours with these traits. */
export function holds(assertion: Assertion, unicode: boolean, before: number, after: number): boolean {
  const word = unicode ? UNICODE_WORD : WORD;
  const atBoundary = ((before & word) === 0) !== ((after & word) === 0);
  switch (assertion) {
    case 'start':
      return (before & EDGE) !== 0;
    case 'end':
      return (after & EDGE) !== 0;
    case 'dollar':
      return (after & (EDGE | LAST_NEWLINE)) !== 0;
    case 'lineStart':
      return (before & (EDGE | NEWLINE)) !== 0;
    case 'lineEnd':
      return (after & (EDGE | NEWLINE)) !== 0;
    case 'boundary':
      return atBoundary;
    case 'noBoundary':
      // Before Python 3.14, `\B` does not match in an empty text.
      return !atBoundary && (before & after & EDGE) === 0;
  }
}
