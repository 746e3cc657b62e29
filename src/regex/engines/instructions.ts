import type { CharSet } from '../charset.js';
import { type Assertion, type Regex, RegexError } from '../syntax.js';
import { canBeEmpty } from '../width.js';

/** An instruction of the backtracking matcher. Targets are indices into the program. */
export type Instruction =
  | { type: 'set'; set: CharSet }
  /** A repeated set: the most common loop, kept as one choice instead of one per character. */
  | { type: 'run'; set: CharSet; min: number; max: number; lazy: boolean }
  /** Continues with the next instruction, and with `other` if that fails. */
  | { type: 'try'; other: number }
  | { type: 'jump'; to: number }
  | { type: 'assertion'; assertion: Assertion; unicode: boolean }
  /** Saves the position in a register: the edges of groups, the beginnings of loop iterations. */
  | { type: 'note'; register: number }
  /** Leaves the loop if the iteration consumed nothing since the saved position. */
  | { type: 'progress'; register: number; exit: number }
  /** Runs the following instructions, up to their `match`, as a separate regex, and continues at `after`. */
  | { type: 'look'; negative: boolean; back: number; after: number }
  | { type: 'atomic'; after: number }
  | { type: 'backreference'; group: number; ignoreCase: boolean; unicode: boolean }
  | { type: 'ifGroup'; group: number; otherwise: number }
  | { type: 'match' };

export interface Program {
  instructions: Instruction[];
  /** Group n uses the registers 2n and 2n + 1. */
  registers: number;
  /** Number of registers that belong to groups; they come first. */
  groupRegisters: number;
}

const MAX_INSTRUCTIONS = 20_000;

/** @throws RegexError if counted repetitions make the program too large */
export function buildProgram(regex: Regex): Program {
  const groupRegisters = 2 * (highestGroup(regex) + 1);
  const builder = new ProgramBuilder(groupRegisters);
  builder.add(regex);
  builder.emit({ type: 'match' });
  return { instructions: builder.instructions, registers: builder.registers, groupRegisters };
}

class ProgramBuilder {
  readonly instructions: Instruction[] = [];

  constructor(public registers: number) {}

  emit<Kind extends Instruction>(instruction: Kind): Kind {
    if (this.instructions.length >= MAX_INSTRUCTIONS)
      throw new RegexError('the regex is too large because of its repetitions', 0);
    this.instructions.push(instruction);
    return instruction;
  }

  private get here(): number {
    return this.instructions.length;
  }

  add(regex: Regex): void {
    switch (regex.type) {
      case 'set':
      case 'assertion':
        this.emit(regex);
        break;
      case 'sequence':
        for (const item of regex.items) this.add(item);
        break;
      case 'alternatives':
        this.alternatives(regex.items);
        break;
      case 'repeat':
        if (regex.how === 'possessive') this.atomic(() => this.repeat(regex));
        else this.repeat(regex);
        break;
      case 'group':
        this.emit({ type: 'note', register: 2 * regex.index });
        this.add(regex.item);
        this.emit({ type: 'note', register: 2 * regex.index + 1 });
        break;
      case 'atomic':
        this.atomic(() => this.add(regex.item));
        break;
      case 'look': {
        const look = this.emit({ type: 'look', negative: regex.negative, back: regex.width, after: 0 });
        this.add(regex.item);
        this.emit({ type: 'match' });
        look.after = this.here;
        break;
      }
      case 'backreference': {
        const { index: group, ignoreCase, unicode } = regex;
        this.emit({ type: 'backreference', group, ignoreCase, unicode });
        break;
      }
      case 'conditional': {
        const condition = this.emit({ type: 'ifGroup', group: regex.index, otherwise: 0 });
        this.add(regex.yes);
        const jump = this.emit({ type: 'jump', to: 0 });
        condition.otherwise = this.here;
        this.add(regex.no);
        jump.to = this.here;
      }
    }
  }

  private alternatives(items: Regex[]): void {
    const jumps = items.slice(0, -1).map((item) => {
      const choice = this.emit({ type: 'try', other: 0 });
      this.add(item);
      const jump = this.emit({ type: 'jump', to: 0 });
      choice.other = this.here;
      return jump;
    });
    this.add(items.at(-1)!);
    for (const jump of jumps) jump.to = this.here;
  }

  private atomic(content: () => void): void {
    const atomic = this.emit({ type: 'atomic', after: 0 });
    content();
    this.emit({ type: 'match' });
    atomic.after = this.here;
  }

  private repeat({ item, min, max, how }: Regex & { type: 'repeat' }): void {
    const lazy = how === 'lazy';
    if (item.type === 'set') {
      this.emit({ type: 'run', set: item.set, min, max, lazy });
      return;
    }
    for (let count = 0; count < min; count++) this.add(item);
    if (max === Number.POSITIVE_INFINITY) this.loop(item, lazy);
    else this.optional(item, max - min, lazy);
  }

  /** `start: try end; item; jump start; end:`. If lazy, the choice is reversed. */
  private loop(item: Regex, lazy: boolean): void {
    const start = this.here;
    const choice = this.choice(lazy);
    const progress = canBeEmpty(item) ? { type: 'progress' as const, register: this.registers++, exit: 0 } : undefined;
    if (progress) this.emit({ type: 'note', register: progress.register });
    this.add(item);
    if (progress) this.emit(progress);
    this.emit({ type: 'jump', to: start });
    if (progress) progress.exit = this.here;
    choice(this.here);
  }

  private optional(item: Regex, times: number, lazy: boolean): void {
    const choices = Array.from({ length: times }, () => {
      const choice = this.choice(lazy);
      this.add(item);
      return choice;
    });
    for (const choice of choices) choice(this.here);
  }

  /** Begins an optional part. @returns a callback that sets its end */
  private choice(lazy: boolean): (end: number) => void {
    const choice = this.emit({ type: 'try', other: 0 });
    if (!lazy) return (end) => (choice.other = end);
    const skip = this.emit({ type: 'jump', to: 0 });
    choice.other = this.here;
    return (end) => (skip.to = end);
  }
}

function highestGroup(regex: Regex): number {
  switch (regex.type) {
    case 'sequence':
    case 'alternatives':
      return regex.items.reduce((highest, item) => Math.max(highest, highestGroup(item)), 0);
    case 'repeat':
    case 'atomic':
    case 'look':
      return highestGroup(regex.item);
    case 'group':
      return Math.max(regex.index, highestGroup(regex.item));
    case 'conditional':
      return Math.max(regex.index, highestGroup(regex.yes), highestGroup(regex.no));
    default:
      return 0;
  }
}
