import type { Random } from '../support/random.js';

// biome-ignore format: a table
const ATOMS = [
  'a', 'b', 'c', 'A', 'B', '1', '_', ' ', '-', 'é', '\\n', '.', '\\d', '\\D', '\\s', '\\S', '\\w', '\\W', '[ab]',
  '[^ab]', '[a-c]', '[^\\d]', '[\\w-]', '[é]', '[^é]', '[b-é]', '[]a]', '\\x61', '\\.', '\\x00', '[\\W\\d]', '[A-C1]',
];
const ASSERTIONS = ['^', '$', '\\b', '\\B', '\\A', '\\Z'];
const LOOPS = ['*', '+', '*?', '+?', '{2,}', '{,3}', '{1,3}?'];
const FEW = ['?', '??', '{2}', '{1,2}', '{,2}', '{0}'];
const MAX_DEPTH = 3;

/** A regex that Python takes (unless (?x) puts one quantifier behind another), and for which it does not need exponential time. */
export function randomRegex(seed: Random, irregular: boolean): string {
  return new Generator(seed, irregular).whole();
}

class Generator {
  private groups = 0;

  constructor(
    private readonly random: Random,
    /** With look-around, atomic groups and references to groups. */
    private readonly irregular: boolean,
  ) {}

  whole(): string {
    const flags = chance(this.random, 15) ? `(?${this.random.pick(['i', 's', 'm', 'is', 'x', 'a'])})` : '';
    return flags + this.alternatives(0, true);
  }

  /** @param loops whether there may be loops inside; not within a loop */
  private alternatives(depth: number, loops: boolean): string {
    const count = chance(this.random, 25) ? 2 + this.random.below(2) : 1;
    return Array.from({ length: count }, () => this.sequence(depth, loops)).join('|');
  }

  private sequence(depth: number, loops: boolean): string {
    return Array.from({ length: this.random.below(5) }, () => this.item(depth, loops)).join('');
  }

  private item(depth: number, loops: boolean): string {
    const { random } = this;
    if (chance(random, 12)) return random.pick(ASSERTIONS);
    if (loops && chance(random, 25)) return this.atom(depth, false) + random.pick(LOOPS);
    return this.atom(depth, loops) + (chance(random, 15) ? random.pick(FEW) : '');
  }

  private atom(depth: number, loops: boolean): string {
    const { random } = this;
    if (depth === MAX_DEPTH || chance(random, 70)) return random.pick(ATOMS);
    if (this.irregular && chance(random, 50)) return this.irregularGroup(depth, loops);
    const opening = random.pick(['(?:', '(?:', '(', '(?i:', '(?s:', '(?-i:', '(?m:']);
    const group = opening === '(' ? ++this.groups : 0;
    const content = `${opening}${this.alternatives(depth + 1, loops)})`;
    if (group === 0 || !this.irregular || chance(random, 40)) return content;
    return `(?:${content}${this.sequence(MAX_DEPTH, loops)}${this.reference(group)})`;
  }

  private reference(group: number): string {
    return chance(this.random, 70) ? `\\${group}` : `(?(${group})a|b)`;
  }

  private irregularGroup(depth: number, loops: boolean): string {
    const { random } = this;
    const opening = random.pick(['(?=', '(?!', '(?<=', '(?<!', '(?>']);
    if (opening.startsWith('(?<')) return `${opening}${random.pick(ATOMS)}${random.pick(['', 'a', '[bc]', '{2}'])})`;
    return `${opening}${this.alternatives(depth + 1, loops)})`;
  }
}

const SUBJECT_CHARS = ['a', 'a', 'b', 'b', 'c', 'A', 'B', '1', '_', ' ', '-', 'é', 'É', '\n', '\r', '.', '\0', '😀'];

export function randomSubject(random: Random): string {
  return Array.from({ length: random.below(12) }, () => random.pick(SUBJECT_CHARS)).join('');
}

function chance(random: Random, percent: number): boolean {
  return random.below(100) < percent;
}
