import type { SpoolPolicy } from '../../flow/body/spool-policy.js';
import { Clock } from '../../flow/clock.js';
import type { HttpFlow } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import type { ReportCase, ReportProperty, ReportSuite } from '../../flow/report.js';
import type { Difference, DifferenceKind } from '../difference.js';
import { CaseLog } from './case-log.js';
import { differenceText } from './difference-lines.js';
import { endpointOf } from './endpoint.js';
import { DifferenceGroups } from './groups.js';

/** The kinds of difference that can make a run fail. */
export type FailingKind = 'status' | 'headers' | 'body' | 'slower';

/** The kind for `--fail-on-diff` of each kind of difference. */
export const FAILING_KINDS: Readonly<Record<DifferenceKind, FailingKind>> = {
  status: 'status',
  error: 'status',
  headers: 'headers',
  trailers: 'headers',
  body: 'body',
  messages: 'body',
  size: 'body',
  slower: 'slower',
};

/** Maximum number of lines of one case in a report. */
const MAX_DETAILS = 100;

export interface ComparisonOptions {
  /** `replay` or `diff`. */
  readonly name: string;
  readonly failOn: ReadonlySet<FailingKind>;
  /** Storage for the cases of reports; undefined without reports. */
  readonly spool: SpoolPolicy | undefined;
}

/** The results of comparing flows: counts, groups of differences, and cases for reports. */
export class Comparison {
  readonly groups = new DifferenceGroups();
  /** Pairs of flows. */
  compared = 0;
  /** Pairs that differ. */
  differing = 0;
  /** Flows that only the recording has. */
  onlyRecorded = 0;
  /** Flows that only the other capture has. */
  onlyReplayed = 0;
  /** Whether a difference makes the run fail. */
  hasFailed = false;
  private readonly cases: CaseLog | undefined;
  private readonly clock = new Clock();

  constructor(private readonly options: ComparisonOptions) {
    this.cases = options.spool && new CaseLog(options.spool);
  }

  /** Adds the result of one pair. */
  add(recorded: HttpFlow, replayed: HttpFlow, differences: readonly Difference[]): void {
    this.compared++;
    if (differences.length > 0) {
      this.differing++;
      const endpoint = endpointOf(recorded.request);
      for (const difference of differences) this.groups.add(endpoint, difference);
    }
    const fails = differences.some(({ kind }) => this.options.failOn.has(FAILING_KINDS[kind]));
    if (fails) this.hasFailed = true;
    this.cases?.add(caseOf(recorded, replayed, differences, fails));
  }

  /** Adds a flow that only one side has. */
  addSingle(flow: HttpFlow, side: 'recorded' | 'replayed'): void {
    if (side === 'recorded') this.onlyRecorded++;
    else this.onlyReplayed++;
    const fails = this.options.failOn.has('status');
    if (fails) this.hasFailed = true;
    const message = side === 'recorded' ? 'only in the recording' : 'only in the other capture';
    const outcome = fails ? 'failed' : 'passed';
    this.cases?.add({ ...nameOf(flow.request), outcome, code: side === 'recorded' ? 'missing' : 'added', message });
  }

  /** @param facts properties of the run, which precede those of the comparison */
  suite(facts: readonly ReportProperty[] = []): ReportSuite {
    const { compared, differing, onlyRecorded, onlyReplayed } = this;
    const properties = [
      ...facts,
      { name: 'flows_compared', value: compared },
      { name: 'flows_differing', value: differing },
      { name: 'flows_only_recorded', value: onlyRecorded },
      { name: 'flows_only_replayed', value: onlyReplayed },
    ];
    const { start: started } = this.clock;
    const duration = this.clock.now() - started;
    return { name: this.options.name, started, duration, properties, cases: this.cases ?? [] };
  }

  close(): void {
    this.cases?.close();
  }
}

function caseOf(
  recorded: HttpFlow,
  replayed: HttpFlow,
  differences: readonly Difference[],
  fails: boolean,
): ReportCase {
  const { request, response } = replayed;
  const end = response?.timestampEnd;
  const duration = end === undefined ? undefined : Math.max(0, end - request.timestampStart);
  const named = { ...nameOf(recorded.request), ...(duration !== undefined && { duration }) };
  const [first] = differences;
  if (!first) return { ...named, outcome: 'passed' };
  const details = differences.slice(0, MAX_DETAILS).map(differenceText);
  const hasResult = first.kind !== 'error';
  const outcome = fails ? (hasResult ? 'failed' : 'error') : 'passed';
  const more = details.length > 1 ? { details } : {};
  return { ...named, outcome, code: first.kind, message: details[0]!, ...more };
}

function nameOf(request: HttpRequest): Pick<ReportCase, 'name' | 'group'> {
  return { name: `${request.method} ${request.path}`, group: request.prettyAuthority };
}
