import type { Assertion } from '../syntax.js';
import { Alphabet, EDGE, holds, NEWLINE_CODE } from './alphabet.js';
import type { Nfa } from './automaton.js';

/** Entries of the table that are not states. */
const UNKNOWN = 0;
const MATCHED = 1;
const DEAD = 2;
const LAST_ENTRY = DEAD;

/** Limit of states, to bound memory. Beyond it all are dropped and rebuilt on demand. */
const MAX_STATES = 2000;

/** The set of possible positions in the regex, and the traits of the previous character. */
interface DfaState {
  nodes: readonly number[];
  before: number;
}

/**
 * Decides whether a regex matches anywhere, in one pass and in time linear in the input, for every regex. The
 * deterministic automaton is built lazily, transition by transition, as in RE2.
 */
export class Dfa {
  private readonly alphabet: Alphabet;
  private readonly anchored: boolean;
  /** Entries per row. */
  private readonly width: number;
  /** A state is the offset of its row, which holds the next state for each symbol. The first row is unused. */
  private table: Int32Array;
  /** Transitions for symbols that were added after construction. */
  private readonly rare = new Map<string, number>();
  private readonly states: (DfaState | undefined)[] = [undefined];
  private readonly offsets = new Map<string, number>();
  private start: number;

  constructor(private readonly nfa: Nfa) {
    this.alphabet = new Alphabet(
      nfa.sets,
      nfa.nodes.filter((node) => node.type === 'assertion'),
    );
    this.width = this.alphabet.initialSize;
    this.table = new Int32Array(8 * this.width);
    this.anchored = this.isAnchored();
    this.start = this.offsetOf([], EDGE);
  }

  /** Searches bytes. */
  testBytes(bytes: Uint8Array, from = 0, to = bytes.length): boolean {
    const { low } = this.alphabet;
    const endsInNewline = to > from && bytes[to - 1] === NEWLINE_CODE;
    const last = endsInNewline ? to - 1 : to;
    let { table, start: state } = this;
    for (let at = from; at < last; at++) {
      const symbol = low[bytes[at]!]!;
      let next = table[state + symbol]!;
      if (next <= LAST_ENTRY) {
        if (next === UNKNOWN) next = this.step(state, symbol);
        if (next <= LAST_ENTRY) return next === MATCHED;
        table = this.table;
      }
      state = next;
    }
    return this.finish(state, endsInNewline);
  }

  /** Searches text by code points. */
  testText(text: string): boolean {
    const { low } = this.alphabet;
    const endsInNewline = text.charCodeAt(text.length - 1) === NEWLINE_CODE;
    const last = endsInNewline ? text.length - 1 : text.length;
    let { table, start: state } = this;
    for (let at = 0; at < last; at++) {
      let code = text.charCodeAt(at);
      let next: number;
      if (code < 256) {
        const symbol = low[code]!;
        next = table[state + symbol]!;
        if (next === UNKNOWN) next = this.step(state, symbol);
      } else {
        code = text.codePointAt(at)!;
        if (code > 0xffff) at++;
        next = this.next(state, this.alphabet.symbolOf(code));
      }
      if (next <= LAST_ENTRY) return next === MATCHED;
      table = this.table;
      state = next;
    }
    return this.finish(state, endsInNewline);
  }

  private finish(state: number, endsInNewline: boolean): boolean {
    const last = endsInNewline ? this.next(state, this.alphabet.lastNewline) : state;
    return (last <= LAST_ENTRY ? last : this.next(last, this.alphabet.end)) === MATCHED;
  }

  private next(state: number, symbol: number): number {
    const known = symbol < this.width ? this.table[state + symbol]! : this.rare.get(`${state} ${symbol}`);
    return known || this.step(state, symbol);
  }

  /**
   * Computes one transition. A match is detected with the character after it, because assertions test that character.
   */
  private step(offset: number, id: number): number {
    const state = this.states[offset / this.width]!;
    const symbol = this.alphabet.symbols[id]!;
    const reached = this.closure([...state.nodes, this.nfa.start], (assertion, unicode) =>
      holds(assertion, unicode, state.before, symbol.traits),
    );
    if (!reached) return this.store(offset, id, MATCHED);
    const nodes = new Set<number>();
    for (const at of reached) {
      const node = this.nfa.nodes[at]!;
      if (node.type === 'set' && symbol.inSets[node.set]) nodes.add(node.next);
    }
    if (nodes.size === 0 && this.anchored) return this.store(offset, id, DEAD);
    // When the table is full, all states are dropped, including the one that this transition belongs to.
    if (this.states.length > MAX_STATES) this.forget();
    const next = this.offsetOf([...nodes].sort(ascending), symbol.traits);
    return this.states[offset / this.width] === state ? this.store(offset, id, next) : next;
  }

  private store(offset: number, id: number, next: number): number {
    if (id < this.width) this.table[offset + id] = next;
    else this.rare.set(`${offset} ${id}`, next);
    return next;
  }

  /** The nodes reachable without consuming a character; undefined if `match` is among them. */
  private closure(
    nodes: number[],
    passes: (assertion: Assertion, unicode: boolean) => boolean,
  ): Set<number> | undefined {
    const seen = new Set(nodes);
    for (const at of seen) {
      const node = this.nfa.nodes[at]!;
      if (node.type === 'match') return undefined;
      if (node.type === 'split') for (const next of node.next) seen.add(next);
      else if (node.type === 'assertion' && passes(node.assertion, node.unicode)) seen.add(node.next);
    }
    return seen;
  }

  /** Whether a match can begin only at the start of the text. */
  private isAnchored(): boolean {
    const reached = this.closure([this.nfa.start], (assertion) => assertion !== 'start');
    return reached !== undefined && [...reached].every((at) => this.nfa.nodes[at]!.type !== 'set');
  }

  private offsetOf(nodes: number[], before: number): number {
    const key = `${before} ${nodes.join()}`;
    const known = this.offsets.get(key);
    if (known !== undefined) return known;
    const offset = this.states.length * this.width;
    this.states.push({ nodes, before });
    this.offsets.set(key, offset);
    if (offset + this.width > this.table.length) {
      const larger = new Int32Array(2 * this.table.length);
      larger.set(this.table);
      this.table = larger;
    }
    return offset;
  }

  private forget(): void {
    this.states.length = 1;
    this.offsets.clear();
    this.rare.clear();
    this.table.fill(UNKNOWN);
    this.start = this.offsetOf([], EDGE);
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}
