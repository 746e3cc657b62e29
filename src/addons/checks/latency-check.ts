import type { FlowFilter } from '../../flow/filter.js';
import type { Flow } from '../../flow/flow.js';
import type { ReportCase } from '../../flow/report.js';
import { plural } from '../../flow/text/plural.js';
import { flowBegan, flowEnded } from '../../flow/timing.js';
import { TopList } from '../statistics/http-counts.js';
import { Quantiles } from '../statistics/quantiles.js';
import { formatDuration } from '../statistics/table.js';
import { type Check, type CheckOptions, holds, MAX_FLOWS, type Sign } from './check.js';
import { flowLine } from './flow-line.js';

/** A statistic of durations: a percentile, the greatest, or the arithmetic mean. */
export type LatencyFigure = { readonly percent: number } | 'max' | 'mean';

export interface LatencyBound {
  readonly figure: LatencyFigure;
  readonly sign: Sign;
  /** Seconds. */
  readonly limit: number;
}

/**
 * Checks the durations of flows that match a filter, from the first byte of the request to the end. Upgraded connections and
 * flows without a known end are left out. Percentiles are exact for up to 10,000 flows; then memory stays the same and their
 * relative error is at most 0.5 %.
 */
export class LatencyCheck implements Check {
  readonly name = 'checks';
  readonly observes = true;
  private readonly durations = new Quantiles();
  private sum = 0;
  /** The slowest flows beyond the limit. */
  private readonly worst = new TopList<string>(MAX_FLOWS);

  constructor(
    readonly filter: FlowFilter | undefined,
    private readonly bound: LatencyBound,
    private readonly options: CheckOptions,
  ) {}

  flowEnd(flow: Flow): void {
    if (flow.type === 'http' && (flow.messages || flow.websocket)) return;
    const ended = flowEnded(flow);
    if (ended === undefined) return;
    const seconds = Math.max(0, ended - flowBegan(flow));
    this.durations.add(seconds);
    this.sum += seconds;
    const isUpper = this.bound.sign.startsWith('<');
    this.worst.add(isUpper ? seconds : -seconds, () => flowLine(flow, this.options.showHost));
  }

  conclude(): ReportCase {
    const { sign, limit } = this.bound;
    const { title: name, option: group } = this.options;
    const { count } = this.durations;
    if (count === 0) {
      return { name, group, outcome: 'failed', code: 'no_flows', message: 'no flow with a duration matches' };
    }
    const value = this.figure();
    const format = formatDuration(value) === formatDuration(limit) ? milliseconds : formatDuration;
    const found = `${this.figureName()} of ${plural(count, 'flow')} is ${this.about()}${format(value)}`;
    if (holds(value, sign, limit)) return { name, group, outcome: 'passed', message: found };
    const message = `expected ${this.figureName()} ${sign} ${format(limit)}, but ${found}`;
    return { name, group, outcome: 'failed', code: 'latency', message, details: this.worst.items };
  }

  private figure(): number {
    const { figure } = this.bound;
    if (figure === 'max') return this.durations.max;
    return figure === 'mean' ? this.sum / this.durations.count : this.durations.at(figure.percent / 100);
  }

  private figureName(): string {
    const { figure } = this.bound;
    return typeof figure === 'string' ? figure : `p${figure.percent}`;
  }

  private about(): string {
    return typeof this.bound.figure !== 'string' && this.durations.relativeError > 0 ? '~' : '';
  }
}

/** Milliseconds with three decimals, so that nearly equal values can be distinguished. */
function milliseconds(seconds: number): string {
  return `${Number((seconds * 1000).toFixed(3))} ms`;
}
