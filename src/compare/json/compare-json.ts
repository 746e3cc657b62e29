import { groupPath, shortPath } from '../../json-path/index.js';
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
  differ.compare(recorded.exact, replayed.exact, before, after);
  return differ.differences;
}

class JsonDiffer {
  readonly differences: Difference[] = [];
  /** Where the values are that are being compared. */
  private readonly location: (string | number)[] = [];

  constructor(
    private readonly kind: DifferenceKind,
    private readonly equality: Equality,
    private readonly onScalars: OnScalars | undefined,
  ) {}

  compare(was: unknown, now: unknown, before: RulePlace | undefined, after: RulePlace | undefined): void {
    if (isContainer(was) && isContainer(now) && Array.isArray(was) === Array.isArray(now)) {
      const { rules } = this.equality;
      const ignoring = ruleOf('ignore', before, after);
      if (ignoring) {
        if (canonicalText(was, rules, undefined) !== canonicalText(now, rules, undefined)) rules.onUse(ignoring);
      } else if (Array.isArray(was)) this.compareArrays(was, now as unknown[], before, after);
      else this.compareObjects(was, now as Record<string, unknown>, before, after);
      return;
    }
    if (!isContainer(was) && !isContainer(now)) this.onScalars?.(groupPath(this.location));
    if (!this.isAccepted(was, now, before, after)) this.add(was, now);
  }

  /** Compares two values at a name or index of the current location. */
  private compareAt(
    key: string | number,
    was: unknown,
    now: unknown,
    before: RulePlace | undefined,
    after: RulePlace | undefined,
  ): void {
    this.location.push(key);
    this.compare(was, now, before, after);
    this.location.pop();
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
    before: RulePlace | undefined,
    after: RulePlace | undefined,
  ): void {
    let shared = 0;
    for (const name of Object.keys(was)) {
      const value = was[name];
      let other = now[name];
      if (this.isPlainlySame(value, other)) {
        shared++;
        continue;
      }
      if (Object.hasOwn(now, name)) shared++;
      else other = MISSING;
      this.compareAt(name, value, other, before?.at(name), after?.at(name));
    }
    const names = Object.keys(now);
    if (names.length === shared) return;
    for (const name of names) {
      if (!Object.hasOwn(was, name)) this.compareAt(name, MISSING, now[name], undefined, after?.at(name));
    }
  }

  private compareArrays(
    was: readonly unknown[],
    now: readonly unknown[],
    before: RulePlace | undefined,
    after: RulePlace | undefined,
  ): void {
    const ordering = ruleOf('order', before, after);
    const first = this.differences.length;
    const isDeep = this.location.length > DEEPEST_ARRAY;
    if (isDeep || was.length === now.length) {
      const different = this.compareByIndex(was, now, before, after);
      if (isDeep || different < 2) return;
    }
    const { rules } = this.equality;
    const hasRules = before !== undefined || after !== undefined || rules.applyEverywhere;
    if (was.length === now.length && !hasRules && !mayBeReordered(was, now)) return;
    const texts = was.map((value, at) => canonicalText(value, rules, before?.at(at)));
    const newTexts = now.map((value, at) => canonicalText(value, rules, after?.at(at)));
    if (was.length === now.length) {
      const others = pairInAnyOrder(texts, newTexts);
      if (others.length > 0 && !ordering) return;
      this.differences.length = first;
      if (ordering) rules.onUse(ordering);
      else this.addOrder(was, now);
      this.comparePairs(was, now, before, after, others);
    } else {
      const pairs = ordering ? pairInAnyOrder(texts, newTexts) : pairInOrder(texts, newTexts);
      this.comparePairs(was, now, before, after, pairs);
    }
  }

  /** Compares elements at the same index. @returns the number of elements that differ */
  private compareByIndex(
    was: readonly unknown[],
    now: readonly unknown[],
    before: RulePlace | undefined,
    after: RulePlace | undefined,
  ): number {
    let different = 0;
    for (let at = 0; at < Math.max(was.length, now.length); at++) {
      const known = this.differences.length;
      const first = at < was.length ? at : undefined;
      this.compareElements(was, now, first, at < now.length ? at : undefined, before, after);
      if (this.differences.length > known) different++;
    }
    return different;
  }

  private comparePairs(
    was: readonly unknown[],
    now: readonly unknown[],
    before: RulePlace | undefined,
    after: RulePlace | undefined,
    pairs: readonly ElementPair[],
  ): void {
    for (const [first, second] of pairs) this.compareElements(was, now, first, second, before, after);
  }

  /** Compares the elements at two indexes; undefined for a missing element. */
  private compareElements(
    was: readonly unknown[],
    now: readonly unknown[],
    first: number | undefined,
    second: number | undefined,
    before: RulePlace | undefined,
    after: RulePlace | undefined,
  ): void {
    const value = first === undefined ? MISSING : was[first];
    const other = second === undefined ? MISSING : now[second];
    if (this.isPlainlySame(value, other)) return;
    this.compareAt(
      first ?? second!,
      value,
      other,
      first === undefined ? undefined : before?.at(first),
      second === undefined ? undefined : after?.at(second),
    );
  }

  private add(was: unknown, now: unknown): void {
    if (this.differences.length >= MAX_DIFFERENCES) return;
    const group = groupPath(this.location);
    this.differences.push({
      kind: this.kind,
      place: shortPath(this.location),
      group,
      was: was === MISSING ? undefined : showValue(was),
      now: now === MISSING ? undefined : showValue(now),
      values: { place: group, recorded: jsValueOf(was), replayed: jsValueOf(now) },
    });
  }

  private addOrder(was: readonly unknown[], now: readonly unknown[]): void {
    const group = groupPath(this.location);
    this.differences.push({
      kind: this.kind,
      place: shortPath(this.location),
      group,
      was: `order ${showOrder(was)}`,
      now: `order ${showOrder(now)}`,
      values: { place: `order:${group}`, recorded: was.length, replayed: now.length },
    });
  }
}

/** Whether the first element that differs may only have moved. It is cheaper to know than the texts of all elements. */
function mayBeReordered(was: readonly unknown[], now: readonly unknown[]): boolean {
  const moved = was.find((value, at) => !isSame(value, now[at]));
  return now.some((value) => isSame(moved, value));
}

/** Whether two values have the same canonical text without rules. */
function isSame(was: unknown, now: unknown): boolean {
  if (was === now) return true;
  if (!isContainer(was) || !isContainer(now)) return isNumber(was) && isNumber(now) && sameNumber(was, now);
  if (Array.isArray(was) || Array.isArray(now)) {
    if (!Array.isArray(was) || !Array.isArray(now) || was.length !== now.length) return false;
    return was.every((value, at) => isSame(value, now[at]));
  }
  const names = Object.keys(was);
  if (names.length !== Object.keys(now).length) return false;
  return names.every((name) => Object.hasOwn(now, name) && isSame(was[name], now[name]));
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

function showOrder(values: readonly unknown[]): string {
  const shown = values.slice(0, 4).map(showValue).join(', ');
  return `[${shown}${values.length > 4 ? ', …' : ''}]`;
}
