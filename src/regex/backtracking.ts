import { caseVariants, isWord } from './charset.js';
import { buildProgram, type Instruction, type Program } from './instructions.js';
import type { JavaScriptEngine } from './javascript.js';
import type { Assertion, Regex } from './syntax.js';

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
  | { type: 'longer'; pc: number; at: number; most: number }
  | { type: 'restore'; register: number; value: number };

/**
 * Matches regexes with look-arounds or back-references, which no automaton can do. Backtracking can take exponential
 * time, so the search gives up after a number of steps that depends only on the length of the input. It then reports no
 * match.
 */
export class BacktrackingEngine {
  private readonly program: Program;

  /** @param quick equivalent engine for inputs up to its `maxLength` @throws RegexError if the regex is too large */
  constructor(
    regex: Regex,
    private readonly quick: JavaScriptEngine | undefined,
  ) {
    this.program = buildProgram(regex);
  }

  testBytes(bytes: Buffer, from = 0, to = bytes.length): boolean {
    if (this.quick && to - from <= this.quick.maxLength) return this.quick.testBytes(bytes, from, to);
    return new Search(this.program, bytes.subarray(from, to)).run();
  }

  testText(text: string): boolean {
    // V8 also matches look-arounds in the middle of a surrogate pair.
    const isQuick = this.quick && text.length <= this.quick.maxLength && !/[\ud800-\udfff]/.test(text);
    if (isQuick) return this.quick!.testText(text);
    return new Search(this.program, codesOf(text)).run();
  }
}

function codesOf(text: string): ArrayLike<number> {
  const codes = new Uint32Array(text.length);
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at)!;
    codes[count++] = code;
    if (code > 0xffff) at++;
  }
  return codes.subarray(0, count);
}

class Search {
  private steps: number;
  private pc = 0;
  private at = 0;
  private readonly registers: number[];
  private readonly choices: Choice[] = [];

  constructor(
    private readonly program: Program,
    private readonly text: ArrayLike<number>,
  ) {
    this.steps = STEPS + STEPS_PER_CHARACTER * text.length;
    this.registers = new Array(program.registers).fill(UNSET);
  }

  run(): boolean {
    const first = this.program.instructions[0]!;
    const last = first.type === 'assertion' && first.assertion === 'start' ? 0 : this.text.length;
    for (let at = 0; at <= last && this.steps >= 0; at++) if (this.attempt(0, at)) return true;
    return false;
  }

  /** Runs from an instruction to its `match`. On failure, the registers are restored. */
  private attempt(pc: number, at: number): boolean {
    const base = this.choices.length;
    this.pc = pc;
    this.at = at;
    for (;;) {
      if (--this.steps < 0 || this.choices.length > MAX_CHOICES) {
        this.steps = UNSET;
        return false;
      }
      const instruction = this.program.instructions[this.pc++]!;
      if (instruction.type === 'match') return true;
      if (!this.perform(instruction) && !this.backtrack(base)) return false;
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
        return this.look(instruction);
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
      this.pc = choice.pc;
      this.at = choice.at;
      if (choice.type === 'shorter' && choice.at > choice.least) this.choices.push({ ...choice, at: choice.at - 1 });
      if (choice.type === 'longer' && choice.at < choice.most) this.choices.push({ ...choice, at: choice.at + 1 });
      return true;
    }
    return false;
  }

  private takeRun({ set, min, max, lazy }: Instruction & { type: 'run' }): boolean {
    const start = this.at;
    const limit = Math.min(this.text.length, start + max);
    let end = start;
    while (end < limit && set.has(this.text[end]!)) end++;
    this.steps -= end - start;
    const least = start + min;
    if (end < least) return false;
    this.at = lazy ? least : end;
    if (end > least) {
      if (lazy) this.choices.push({ type: 'longer', pc: this.pc, at: least + 1, most: end });
      else this.choices.push({ type: 'shorter', pc: this.pc, at: end - 1, least });
    }
    return true;
  }

  private look({ negative, back, after }: Instruction & { type: 'look' }): boolean {
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
