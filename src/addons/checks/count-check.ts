import type { FlowFilter } from '../../flow/filter.js';
import type { Flow } from '../../flow/flow.js';
import type { ReportCase } from '../../flow/report.js';
import { plural } from '../../flow/text/plural.js';
import { type Check, type CheckOptions, holds, MAX_FLOWS, type Sign } from './check.js';
import { flowLine } from './flow-line.js';

/** The expected number of flows. */
export interface CountBound {
  readonly sign: Sign;
  readonly count: number;
}

/** Checks the number of flows that match a filter. */
export class CountCheck implements Check {
  readonly name = 'checks';
  readonly observes = true;
  private count = 0;
  /** The first flows that matched. */
  private readonly flows: string[] = [];

  constructor(
    readonly filter: FlowFilter,
    private readonly bound: CountBound,
    private readonly options: CheckOptions,
  ) {}

  flowEnd(flow: Flow): void {
    this.count++;
    if (this.flows.length < MAX_FLOWS) this.flows.push(flowLine(flow, this.options.showHost));
  }

  conclude(): ReportCase {
    const { count, flows, bound } = this;
    const { title: name, option: group } = this.options;
    const found = count === 0 ? 'no flow matches' : plural(count, 'flow matches', 'flows match');
    if (holds(count, bound.sign, bound.count)) return { name, group, outcome: 'passed', message: found };
    const details = count > flows.length ? [...flows, `… and ${count - flows.length} more`] : flows;
    const tooMany = bound.sign === '<' || bound.sign === '<=' || (bound.sign === '=' && count > bound.count);
    const message = `expected ${expected(bound)}, but ${found}`;
    return { name, group, outcome: 'failed', code: tooMany ? 'too_many' : 'too_few', message, details };
  }
}

const WORDS: Readonly<Record<Sign, string>> = {
  '=': 'exactly ',
  '<': 'fewer than ',
  '<=': 'at most ',
  '>': 'more than ',
  '>=': 'at least ',
};

function expected({ sign, count }: CountBound): string {
  return count === 0 && (sign === '=' || sign === '<=') ? 'no flow' : WORDS[sign] + plural(count, 'flow');
}
