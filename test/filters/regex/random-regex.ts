import type { Random } from '../random.js';

const ATOMS = [
  'a', 'b', 'c', 'A', 'B', '1', '_', ' ', '-', 'é', '\\n', '.', '\\d', '\\D', '\\s', '\\S', '\\w', '\\W', '[ab]',
  '[^ab]', '[a-c]', '[^\\d]', '[\\w-]', '[é]', '[^é]', '[b-é]', '[]a]', '\\x61', '\\.', '\\x00', '[\\W\\d]', '[A-C1]',
]; // biome-ignore format: a table
const ASSERTIONS = ['^', '$', '\\b', '\\B', '\\A', '\\Z'];
const QUANTIFIERS = ['*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{,2}', '{2,}', '{0}', '{1,3}?'];

export interface RegexKinds {
  /** Look around and references to groups. */
  irregular: boolean;
}

/** A regex that Python and tsdump accept. */
export function randomRegex(random: Random, kinds: RegexKinds): string {
  const groups = { count: 0 };
  const flags = random.chance(0.15) ? `(?${random.pick(['i', 's', 'm', 'is', 'x', 'a'])})` : '';
  return flags + alternatives(random, kinds, groups, 3);
}

function alternatives(random: Random, kinds: RegexKinds, groups: { count: number }, depth: number): string {
  const count = random.chance(0.25) ? 2 + random.below(2) : 1;
  return Array.from({ length: count }, () => sequence(random, kinds, groups, depth)).join('|');
}

function sequence(random: Random, kinds: RegexKinds, groups: { count: number }, depth: number): string {
  return Array.from({ length: random.below(5) }, () => {
    if (random.chance(0.12)) return random.pick(ASSERTIONS);
    const item = atom(random, kinds, groups, depth);
    return random.chance(0.35) ? item + random.pick(QUANTIFIERS) : item;
  }).join('');
}

function atom(random: Random, kinds: RegexKinds, groups: { count: number }, depth: number): string {
  if (depth === 0 || random.chance(0.7)) return random.pick(ATOMS);
  if (kinds.irregular && random.chance(0.5)) return irregular(random, kinds, groups, depth);
  const opening = random.pick(['(?:', '(?:', '(', '(?i:', '(?s:', '(?-i:', '(?m:']);
  const index = opening === '(' ? ++groups.count : 0;
  const inside = alternatives(random, kinds, groups, depth - 1);
  // A reference is valid only behind its group, so the group is finished first.
  const reference = index > 0 && kinds.irregular && random.chance(0.6) ? `\\${index}` : '';
  return `${opening}${inside})${reference && `${sequence(random, kinds, groups, 0)}${reference}`}`;
}

function irregular(random: Random, kinds: RegexKinds, groups: { count: number }, depth: number): string {
  const opening = random.pick(['(?=', '(?!', '(?<=', '(?<!', '(?>']);
  if (opening.startsWith('(?<')) return `${opening}${random.pick(ATOMS)}${random.pick(['', 'a', '[bc]', '{2}'])})`;
  return `${opening}${alternatives(random, kinds, groups, depth - 1)})`;
}

const SUBJECT_CHARS = ['a', 'a', 'b', 'b', 'c', 'A', 'B', '1', '_', ' ', '-', 'é', 'É', '\n', '\r', '.', '\0', '😀'];

export function randomSubject(random: Random): string {
  return Array.from({ length: random.below(12) }, () => random.pick(SUBJECT_CHARS)).join('');
}
