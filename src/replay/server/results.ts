import { Clock } from '../../flow/clock.js';
import type { ReportCase, ReportSuite } from '../../flow/report.js';
import { plural } from '../../flow/text/plural.js';
import { closestLines, type Miss, missLine } from './miss/miss.js';

/** Maximum number of different misses in the report. */
const MAX_LISTED = 10_000;

/** An answer that was never sent. */
export interface UnusedAnswer {
  readonly method: string;
  readonly url: string;
  readonly host: string;
  readonly path: string;
}

/** Counts answered, missed and recorded requests, for the summary and the report. */
export class ServerReplayResults {
  hits = 0;
  /** Number of requests without an answer. */
  misses = 0;
  /** Number of requests that were forwarded and recorded. */
  recorded = 0;
  private readonly clock = new Clock();
  private readonly different: Miss[] = [];

  /** Adds a miss that differs from earlier ones. */
  addMiss(miss: Miss): void {
    if (this.different.length < MAX_LISTED) this.different.push(miss);
  }

  /** The results in one line. */
  summary(unused: number): string {
    const recorded = this.recorded > 0 ? `, ${this.recorded} recorded` : '';
    const never = `${plural(unused, 'recorded answer')} ${unused === 1 ? 'was' : 'were'} never used`;
    return `Server replay: ${plural(this.hits, 'request')} answered, ${this.misses} missed${recorded}; ${never}.`;
  }

  /** @param fails which of these results count as failures */
  suite(unused: readonly UnusedAnswer[], fails: { readonly miss: boolean; readonly unused: boolean }): ReportSuite {
    const properties = [
      { name: 'hits', value: this.hits },
      { name: 'misses', value: this.misses },
      { name: 'recorded', value: this.recorded },
      { name: 'unused', value: unused.length },
    ];
    const misses = this.different.map(
      (miss): ReportCase => ({
        name: `${miss.method} ${miss.path}`,
        group: miss.host,
        outcome: fails.miss ? 'failed' : 'skipped',
        code: miss.used > 0 ? 'exhausted' : 'missing',
        message: missLine(miss),
        details: closestLines(miss),
      }),
    );
    const never = unused.map(
      ({ method, path, host }): ReportCase => ({
        name: `${method} ${path}`,
        group: host,
        outcome: fails.unused ? 'failed' : 'skipped',
        code: 'unused',
        message: 'The recorded answer was never used.',
      }),
    );
    const { start: started } = this.clock;
    const duration = this.clock.now() - started;
    return { name: 'server-replay', started, duration, properties, cases: [...misses, ...never] };
  }
}
