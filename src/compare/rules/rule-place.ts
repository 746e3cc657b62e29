import type { JsonPath, PlainStep } from '../../json-path/index.js';
import type { Rule } from './rule.js';

/** A rule with a path into JSON. */
export interface PathRule {
  readonly rule: Rule;
  readonly path: JsonPath;
}

/** A location in a JSON document, and the rules whose paths select the value there. */
export interface RulePlace {
  readonly rules: readonly Rule[];
  /** The place of a member or an element. @returns undefined if no rule selects a value there or below */
  at(key: string | number): RulePlace | undefined;
}

/**
 * The root of any document, for paths that depend only on locations.
 * @returns undefined if there is no path, or one depends on the document
 */
export function plainRoot(paths: readonly PathRule[]): RulePlace | undefined {
  const found = new FoundSteps();
  for (const { rule, path } of paths) {
    if (!path.plainSteps) return undefined;
    found.add(path.plainSteps.reduceRight<Next>((next, step) => ({ step, next }), rule));
  }
  return found.place;
}

/** A step that is still to be made, or the rule of a path without further steps. */
type Next = NextStep | Rule;

interface NextStep {
  readonly step: PlainStep;
  readonly next: Next;
}

/** The steps with which the paths continue at a place, in the order of the rules. */
class PlainPlace implements RulePlace {
  constructor(
    private readonly steps: readonly NextStep[],
    readonly rules: readonly Rule[],
  ) {}

  at(key: string | number): RulePlace | undefined {
    const found = new FoundSteps();
    for (const each of this.steps) {
      const { step, next } = each;
      if (step.isDescendant) found.add(each);
      if (step.key === undefined || step.key === key) found.add(next);
    }
    return found.place;
  }
}

class FoundSteps {
  private steps: NextStep[] | undefined;
  private rules: Rule[] | undefined;

  /** A step that was added twice would double the work at each level; the two follow each other. */
  add(next: Next): void {
    if ('step' in next) {
      this.steps ??= [];
      if (this.steps.at(-1) !== next) this.steps.push(next);
    } else {
      this.rules ??= [];
      if (this.rules.at(-1) !== next) this.rules.push(next);
    }
  }

  get place(): RulePlace | undefined {
    return this.steps || this.rules ? new PlainPlace(this.steps ?? [], this.rules ?? []) : undefined;
  }
}
