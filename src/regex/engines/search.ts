import { caseVariants } from '../case.js';
import { type CharSet, isWord } from '../charset.js';
import type { Assertion } from '../syntax.js';
import type { Instruction, Program } from './instructions.js';

/** Step limit of one search. It stops only hopeless searches, within a fraction of a second. */
const STEPS = 1_000_000;
const STEPS_PER_CHARACTER = 20;
/** Maximum number of open choices. */
const MAX_CHOICES = 1_000_000;

const UNSET = -1;
const NEWLINE = 10;

/** An alternative to resume, or a register to restore, when the current attempt fails. */
type Choice =
  | { type: 'resume'; pc: number; at: number }
  | { type: 'shorter'; pc: number; at: number; least: number }
  | { type: 'longer'; pc: number; at: number; most: number; set: CharSet }
  | { type: 'restore'; register: number; value: number };

/**
 * Searches one text for matches of one program by backtracking, with Python's order of preference. This can take exponential
 * time, so the steps of all searches in the text together are limited.
 */
export class Search {
  private steps: number;
  private pc = 0;
  private at = 0;
  private readonly registers: number[];
  private readonly choices: Choice[] = [];
  /** An empty match at this offset is rejected. */
  private notEmptyAt = UNSET;

  constructor(
    private readonly program: Program,
    private readonly text: ArrayLike<number>,
  ) {
    this.steps = STEPS + STEPS_PER_CHARACTER * text.length;
    this.registers = new Array(program.registers).fill(UNSET);
  }

  /** Whether the step limit was exceeded; there may be further matches. */
  get gaveUp(): boolean {
    return this.steps < 0;
  }

  /**
   * The leftmost match.
   * @param from the first offset at which it may begin
   * @param nextPlace returns the next offset, from a given one on, at which a match may begin; negative for no further one
   * @returns see `Match`
   */
  find(from = 0, nextPlace?: (at: number) => number): readonly number[] | undefined {
    const first = this.program.instructions[0]!;
    const last = first.type === 'assertion' && first.assertion === 'start' ? 0 : this.text.length;
    for (let at = from; at <= last && this.steps >= 0; at++) {
      if (nextPlace) at = nextPlace(at);
      if (at < 0) return undefined;
      const found = this.matchAt(at);
      if (found) return found;
    }
    return undefined;
  }

  /**
   * The next match after another, as in Python's `finditer`: an empty match is not followed by an empty one at the same offset.
   */
  findAfter(previous: readonly number[], nextPlace?: (at: number) => number): readonly number[] | undefined {
    const [start, end] = previous as [number, number];
    this.notEmptyAt = start === end ? end : UNSET;
    const found = this.find(end, nextPlace);
    this.notEmptyAt = UNSET;
    return found;
  }

  /** The match that begins at an offset. */
  matchAt(at: number): readonly number[] | undefined {
    this.choices.length = 0;
    this.registers.fill(UNSET);
    if (!this.attempt(0, at, at === this.notEmptyAt)) return undefined;
    this.registers[0] = at;
    this.registers[1] = this.at;
    return this.registers.slice(0, this.program.groupRegisters);
  }

  /** Runs from an instruction up to its `match`. On failure, the registers are restored. */
  private attempt(pc: number, at: number, notEmpty = false): boolean {
    const base = this.choices.length;
    this.pc = pc;
    this.at = at;
    for (;;) {
      if (--this.steps < 0 || this.choices.length > MAX_CHOICES) {
        this.steps = UNSET;
        return false;
      }
      const instruction = this.program.instructions[this.pc++]!;
      if (instruction.type === 'match') {
        if (!notEmpty || this.at !== at) return true;
        if (!this.backtrack(base)) return false;
      } else if (!this.perform(instruction) && !this.backtrack(base)) return false;
    }
  }

  private perform(instruction: Exclude<Instruction, { type: 'match' }>): boolean {
    switch (instruction.type) {
      case 'set':
        return this.at < this.text.length && instruction.set.has(this.text[this.at++]!);
      case 'run':
        return this.takeRun(instruction);
      case 'try':
        this.choices.push({ type: 'resume', pc: instruction.other, at: this.at });
        return true;
      case 'jump':
        this.pc = instruction.to;
        return true;
      case 'assertion':
        return this.holds(instruction.assertion, instruction.unicode);
      case 'note':
        this.choices.push({ type: 'restore', ...this.register(instruction.register) });
        this.registers[instruction.register] = this.at;
        return true;
      case 'progress':
        if (this.registers[instruction.register] === this.at) this.pc = instruction.exit;
        return true;
      case 'look':
        return this.lookAround(instruction);
      case 'atomic':
        return this.atomic(instruction.after);
      case 'backreference':
        return this.repeatGroup(instruction);
      case 'ifGroup':
        if (this.registers[2 * instruction.group + 1] === UNSET) this.pc = instruction.otherwise;
        return true;
    }
  }

  private register(register: number): { register: number; value: number } {
    return { register, value: this.registers[register]! };
  }

  /** Returns to the last open choice above `base`. */
  private backtrack(base: number): boolean {
    while (this.choices.length > base) {
      const choice = this.choices.pop()!;
      if (choice.type === 'restore') {
        this.registers[choice.register] = choice.value;
        continue;
      }
      if (choice.type === 'longer') {
        if (!choice.set.has(this.text[choice.at++]!)) continue;
        if (choice.at < choice.most) this.choices.push(choice);
      }
      this.pc = choice.pc;
      this.at = choice.at;
      if (choice.type === 'shorter' && choice.at > choice.least) this.choices.push({ ...choice, at: choice.at - 1 });
      return true;
    }
    return false;
  }

  private takeRun({ set, min, max, lazy }: Instruction & { type: 'run' }): boolean {
    const start = this.at;
    const limit = Math.min(this.text.length, start + max);
    const least = start + min;
    const wanted = lazy ? Math.min(least, limit) : limit;
    let end = start;
    while (end < wanted && set.has(this.text[end]!)) end++;
    this.steps -= end - start;
    if (end < least) return false;
    this.at = end;
    if (!lazy && end > least) this.choices.push({ type: 'shorter', pc: this.pc, at: end - 1, least });
    // A lazy run takes another character only if the following items fail; usually they match nearby.
    if (lazy && end < limit) this.choices.push({ type: 'longer', pc: this.pc, at: end, most: limit, set });
    return true;
  }

  private lookAround({ negative, back, after }: Instruction & { type: 'look' }): boolean {
    const { at } = this;
    const base = this.choices.length;
    const matched = at >= back && this.attempt(this.pc, at - back);
    if (matched) this.settle(base, negative);
    this.pc = after;
    this.at = at;
    return this.steps >= 0 && matched !== negative;
  }

  private atomic(after: number): boolean {
    const base = this.choices.length;
    if (!this.attempt(this.pc, this.at)) return false;
    this.settle(base, false);
    this.pc = after;
    return true;
  }

  /** Drops the choices of an attempt that matched. Its groups stay set, but can still be undone. */
  private settle(base: number, undo: boolean): void {
    const made = this.choices.splice(base).filter((choice) => choice.type === 'restore');
    if (undo) for (const { register, value } of made.reverse()) this.registers[register] = value;
    else for (const choice of made) this.choices.push(choice);
  }

  private repeatGroup({ group, ignoreCase, unicode }: Instruction & { type: 'backreference' }): boolean {
    const start = this.registers[2 * group]!;
    const end = this.registers[2 * group + 1]!;
    if (end === UNSET || this.at + end - start > this.text.length) return false;
    for (let from = start; from < end; from++) {
      const wanted = this.text[from]!;
      const found = this.text[this.at++]!;
      if (wanted !== found && !(ignoreCase && caseVariants(wanted, unicode).includes(found))) return false;
    }
    this.steps -= end - start;
    return true;
  }

  private holds(assertion: Assertion, unicode: boolean): boolean {
    const { at, text } = this;
    const last = text.length;
    switch (assertion) {
      case 'start':
        return at === 0;
      case 'end':
        return at === last;
      case 'dollar':
        return at === last || (at === last - 1 && text[at] === NEWLINE);
      case 'lineStart':
        return at === 0 || text[at - 1] === NEWLINE;
      case 'lineEnd':
        return at === last || text[at] === NEWLINE;
      case 'boundary':
        return this.atBoundary(unicode);
      case 'noBoundary':
        // Before Python 3.14, `\B` does not match in an empty text.
        return last > 0 && !this.atBoundary(unicode);
    }
  }

  private atBoundary(unicode: boolean): boolean {
    const { at, text } = this;
    const before = at > 0 && isWord(text[at - 1]!, unicode);
    const after = at < text.length && isWord(text[at]!, unicode);
    return before !== after;
  }
}
