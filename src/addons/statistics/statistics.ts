import type { FlowFilter } from '../../flow/filter.js';
import type { Flow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import type { LineSink } from '../../terminal/line-sink.js';
import type { Styles } from '../../terminal/styles.js';
import { FlowCounts } from './flow-counts.js';
import { StatisticsTable } from './table.js';

export interface StatisticsOptions {
  out: LineSink;
  styles: Styles;
  /** The current width of the terminal; undefined if the output is not a terminal: then nothing is cut. */
  columns: () => number | undefined;
  /** Use the host that the client named, not the destination. */
  showHost: boolean;
  /** Print JSON instead of a table. */
  json: boolean;
  /** Only flows that match are counted. */
  filter?: FlowFilter;
}

/** Counts ended flows and prints the statistics at the end of the program. It never reads bodies. */
export class Statistics implements Addon {
  readonly name = 'statistics';
  readonly observes = true;
  readonly filter?: FlowFilter;
  private readonly counts: FlowCounts;

  constructor(private readonly options: StatisticsOptions) {
    this.filter = options.filter;
    this.counts = new FlowCounts(options.showHost);
  }

  flowEnd(flow: Flow): void {
    this.counts.add(flow);
  }

  done(): void {
    const { out, styles, columns, json } = this.options;
    const report = this.counts.report();
    if (json) out.writeJson(`${JSON.stringify(report, null, 2)}\n`);
    else out.write(new StatisticsTable(styles, columns()).print(report));
  }
}
