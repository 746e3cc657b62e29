import { type Location, shortPath } from '../../json-path/index.js';
import { type Difference, type DifferenceKind, MAX_DIFFERENCES, showValue } from '../difference.js';
import type { Equality } from '../equality.js';
import type { Rule } from '../rules/rule.js';
import type { RulePlace } from '../rules/rule-place.js';
import { BigNumber, sameNumber } from './big-number.js';
import { canonicalText } from './canonical-text.js';
import { type ElementPair, pairInAnyOrder, pairInOrder } from './pair-elements.js';
import type { JsonDocument } from './parse-json.js';
import { PathTrie } from './path-trie.js';

/** Stands for a value that one side lacks. */
const MISSING = Symbol('missing');

/** Below this depth, elements are compared by index only, so that the time stays linear. */
const DEEPEST_ARRAY = 32;

/** Called for each pair of scalars at a place, equal or not. */
export type OnScalars = (place: string) => void;

/** Compares two JSON documents value by value. @param onScalars for learning rules */
export function compareJson(
  kind: DifferenceKind,
  recorded: JsonDocument,
  replayed: JsonDocument,
  equality: Equality,
  onScalars?: OnScalars,
): Difference[] {
  const { paths, plainRoot } = equality.rules;
  const before = plainRoot ?? PathTrie.of(recorded.plain, paths);
  const after = plainRoot ?? PathTrie.of(replayed.plain, paths);
  const differ = new JsonDiffer(kind, equality, onScalars);
  differ.compare(recorded.exact, replayed.exact, [], before, after);
  return differ.differences;
}

class JsonDiffer {
  readonly differences: Difference[] = [];

  constructor(
    private readonly kind: DifferenceKind,
    private readonly equality: Equality,
    private readonly onScalars: OnScalars | undefined,
  ) {}

  compare(
    was: unknown,
    now: unknown,
    location: Location,
    before: RulePlace | undefined,
    after: RulePlace | undefined,
  ): void {
    if (isContainer(was) && isContainer(now) && Array.isArray(was) === Array.isArray(now)) {
      const { rules } = this.equality;
      const ignoring = ruleOf('ignore', before, after);
      if (ignoring) {
        if (canonicalText(was, rules, undefined) !== canonicalText(now, rules, undefined)) rules.onUse(ignoring);
      } else if (Array.isArray(was)) this.compareArrays(was, now as unknown[], location, before, after);
      else this.compareObjects(was, now as Record<string, unknown>, location, before, after);
      return;
    }
    if (!isContainer(was) && !isContainer(now)) this.onScalars?.(groupOf(location));
    if (this.isAccepted(was, now, before, after)) return;
    this.add(was, now, location);
  }

  /** Whether two scalars are equal and `onScalars` is not needed. */
  private isPlainlySame(was: unknown, now: unknown): boolean {
    return was === now && typeof was !== 'object' && was !== undefined && !this.onScalars;
  }

  private isAccepted(was: unknown, now: unknown, before: RulePlace | undefined, after: RulePlace | undefined): boolean {
    if (was === now || (isNumber(was) && isNumber(now) && sameNumber(was, now))) return true;
    const { rules } = this.equality;
    const ignoring = ruleOf('ignore', before, after);
    if (ignoring) rules.onUse(ignoring);
    if (ignoring) return true;
    if (was === MISSING || now === MISSING) return false;
    const [first, second] = [plainOf(was), plainOf(now)];
    if (before && rules.fit(before.rules, first, second)) return true;
    if (after && after !== before && rules.fit(after.rules, first, second)) return true;
    return !isContainer(was) && !isContainer(now) && this.equality.scalars(first, second);
  }

  private compareObjects(
    was: Record<string, unknown>,
    now: Record<string, unknown>,
    location: Location,
    before: RulePlace | undefined,
    after: RulePlace | undefined,
  ): void {
    for (const name of Object.keys(was)) {
      if (this.isPlainlySame(was[name], now[name])) continue;
      const other = Object.hasOwn(now, name) ? now[name] : MISSING;
      this.compare(was[name], other, [...location, name], before?.at(name), after?.at(name));
    }
    for (const name of Object.keys(now)) {
      if (Object.hasOwn(was, name)) continue;
      this.compare(MISSING, now[name], [...location, name], undefined, after?.at(name));
    }
  }

  private compareArrays(
    was: readonly unknown[],
    now: readonly unknown[],
    location: Location,
    before: RulePlace | undefined,
    after: RulePlace | undefined,
  ): void {
    const ordering = ruleOf('order', before, after);
    const first = this.differences.length;
    if (was.length === now.length) {
      const different = this.comparePairs(was, now, location, before, after, was.keys());
      if (different < 2 || location.length > DEEPEST_ARRAY) return;
    } else if (location.length > DEEPEST_ARRAY) {
      const longest = was.length > now.length ? was : now;
      this.comparePairs(was, now, location, before, after, longest.keys());
      return;
    }
    const { rules } = this.equality;
    const texts = was.map((value, at) => canonicalText(value, rules, before?.at(at)));
    const newTexts = now.map((value, at) => canonicalText(value, rules, after?.at(at)));
    if (was.length === now.length) {
      const others = pairInAnyOrder(texts, newTexts);
      if (others.length > 0 && !ordering) return;
      this.differences.length = first;
      if (ordering) rules.onUse(ordering);
      else this.addOrder(was, now, location);
      this.compareElements(was, now, location, before, after, others);
    } else {
      const pairs = ordering ? pairInAnyOrder(texts, newTexts) : pairInOrder(texts, newTexts);
      this.compareElements(was, now, location, before, after, pairs);
    }
  }

  /** Compares elements at the same index. @returns the number of elements that differ */
  private comparePairs(
    was: readonly unknown[],
    now: readonly unknown[],
    location: Location,
    before: RulePlace | undefined,
    after: RulePlace | undefined,
    indexes: Iterable<number>,
  ): number {
    let different = 0;
    for (const at of indexes) {
      const known = this.differences.length;
      const pair = [at < was.length ? at : undefined, at < now.length ? at : undefined] as const;
      this.compareElements(was, now, location, before, after, [pair]);
      if (this.differences.length > known) different++;
    }
    return different;
  }

  private compareElements(
    was: readonly unknown[],
    now: readonly unknown[],
    location: Location,
    before: RulePlace | undefined,
    after: RulePlace | undefined,
    pairs: readonly ElementPair[],
  ): void {
    for (const [first, second] of pairs) {
      if (first !== undefined && second !== undefined && this.isPlainlySame(was[first], now[second])) continue;
      this.compare(
        first === undefined ? MISSING : was[first],
        second === undefined ? MISSING : now[second],
        [...location, first ?? second!],
        first === undefined ? undefined : before?.at(first),
        second === undefined ? undefined : after?.at(second),
      );
    }
  }

  private add(was: unknown, now: unknown, location: Location): void {
    if (this.differences.length >= MAX_DIFFERENCES) return;
    const group = groupOf(location);
    this.differences.push({
      kind: this.kind,
      place: shortPath(location),
      group,
      was: was === MISSING ? undefined : showValue(was),
      now: now === MISSING ? undefined : showValue(now),
      values: { place: group, recorded: jsValueOf(was), replayed: jsValueOf(now) },
    });
  }

  private addOrder(was: readonly unknown[], now: readonly unknown[], location: Location): void {
    const group = groupOf(location);
    this.differences.push({
      kind: this.kind,
      place: shortPath(location),
      group,
      was: `order ${showOrder(was)}`,
      now: `order ${showOrder(now)}`,
      values: { place: `order:${group}`, recorded: was.length, replayed: now.length },
    });
  }
}

function ruleOf(type: 'ignore' | 'order', before?: RulePlace, after?: RulePlace): Rule | undefined {
  const isOfType = ({ effect }: Rule) => effect.type === type;
  return before?.rules.find(isOfType) ?? after?.rules.find(isOfType);
}

function isContainer(value: unknown): value is unknown[] | Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof BigNumber);
}

function isNumber(value: unknown): value is number | BigNumber {
  return typeof value === 'number' || value instanceof BigNumber;
}

function plainOf(value: unknown): unknown {
  return value instanceof BigNumber ? Number(value.text) : value;
}

function jsValueOf(value: unknown): unknown {
  return value === MISSING ? undefined : plainOf(value);
}

/** The path with `[*]` for each index. */
function groupOf(location: Location): string {
  return shortPath(location.map((key) => (typeof key === 'number' ? '*' : key))).replaceAll("['*']", '[*]');
}

function showOrder(values: readonly unknown[]): string {
  const shown = values.slice(0, 4).map(showValue).join(', ');
  return `[${shown}${values.length > 4 ? ', …' : ''}]`;
}
