import type { Flow } from '../../flow/flow.js';
import { AppliedRules } from './applied-rules.js';
import type { Rule } from './rule.js';

/** The rules of a run. It records which of them have matched a difference. */
export class RuleSet {
  private readonly used = new Set<Rule>();
  /** Shared by all flows if no rule has a filter. */
  private readonly general: AppliedRules | undefined;

  constructor(readonly rules: readonly Rule[]) {
    if (rules.every(({ filter }) => !filter)) this.general = this.apply(rules);
  }

  /** Whether filters of rules read bodies; then call `loadBodies` before `for`. */
  get needsBodies(): boolean {
    return this.rules.some(({ filter }) => filter?.needsBodies);
  }

  /** The rules that apply to an ended flow. */
  for(flow: Flow): AppliedRules {
    if (this.general) return this.general;
    return this.apply(this.rules.filter(({ filter }) => !filter || filter.evaluate(flow, 'end') === 'yes'));
  }

  /** The rules that have not matched so far. */
  get unused(): Rule[] {
    return this.rules.filter((rule) => !this.used.has(rule));
  }

  private apply(rules: readonly Rule[]): AppliedRules {
    return new AppliedRules(rules, (rule) => this.used.add(rule));
  }
}
