import { Quantiles } from '../../addons/statistics/quantiles.js';
import type { Flow, HttpFlow } from '../../flow/flow.js';
import { IDEMPOTENT } from '../../flow/http/methods.js';
import type { ReportProperty } from '../../flow/report.js';
import { flowBegan, flowEnded } from '../../flow/timing.js';
import { hasRedactedCredentials } from '../../redact/placeholder.js';
import type { ReplayObserver, SendDetails } from '../../replay/client/replay-observer.js';
import { OBSTACLES, type Obstacle } from '../../replay/client/request/obstacles.js';
import { leftAsRecorded } from '../../replay/left-stream.js';

/** The number of responses with a status, recorded and replayed. */
export interface StatusCount {
  recorded: number;
  replayed: number;
}

/** Maximum number of different hosts and error codes in the statistics. */
const NAMES = 1000;

/** Collects the statistics of a client replay. Memory does not grow with the number of requests. */
export class ReplayStatistics implements ReplayObserver {
  /** Number of requests that were sent and have ended. */
  sent = 0;
  /** Number of these without a complete response. */
  failures = 0;
  /** Number of requests in flight. */
  inFlight = 0;
  /** Number of further attempts. */
  retries = 0;
  /** Number of requests with recorded credentials. */
  withCredentials = 0;
  /** Number of requests with placeholders of redacted credentials. */
  withPlaceholders = 0;
  /** Number of requests that were read, but not sent before the end. */
  unsentCount = 0;
  readonly failureCodes = new Map<string, number>();
  /** By host: the recorded one, or the one that an addon has set. */
  readonly refusals = new Map<string, number>();
  readonly obstacles = new Map<Obstacle, number>();
  readonly statuses = new Map<number, StatusCount>();
  /** Latencies in seconds: as recorded, from sending, and from the due time. */
  readonly recordedLatency = new Quantiles();
  readonly replayedLatency = new Quantiles();
  readonly latencyFromDue = new Quantiles();
  /** Seconds from the due time to sending. */
  readonly lateness = new Quantiles();

  constructor(
    /** Receives the flows that were not sent, with their number in the capture. */
    private readonly onUnsent: (index: number, flow: HttpFlow) => void,
    private readonly onCrash: (error: unknown) => void,
  ) {}

  skipped(_index: number, _flow: Flow, obstacle: Obstacle): void {
    count(this.obstacles, obstacle);
  }

  refused(_index: number, { request }: HttpFlow): void {
    count(this.refusals, request.prettyAuthority);
  }

  unsent(index: number, flow: HttpFlow): void {
    this.unsentCount++;
    this.onUnsent(index, flow);
  }

  begins(attempt: number): void {
    if (attempt > 0) this.retries++;
    else this.inFlight++;
  }

  ended(index: number, recorded: HttpFlow, replayed: HttpFlow, how: SendDetails): void {
    const { due, sent, ended, withCredentials } = how;
    const error = leftAsRecorded(recorded, replayed) ? undefined : replayed.error;
    this.inFlight--;
    // An addon has changed the destination to a server that is not a target.
    if (error?.code === 'not-permitted') {
      count(this.refusals, replayed.request.prettyAuthority);
      return;
    }
    this.sent++;
    if (hasRedactedCredentials(replayed.request)) this.withPlaceholders++;
    else if (withCredentials) this.withCredentials++;
    if (error) {
      this.failures++;
      count(this.failureCodes, error.code ?? 'other');
    }
    // The request was interrupted by the shutdown.
    if (error?.code === 'interrupted' && IDEMPOTENT.has(recorded.request.method)) this.onUnsent(index, recorded);
    this.countStatus(recorded, 'recorded');
    this.countStatus(replayed, 'replayed');
    if (due !== undefined) {
      this.lateness.add(Math.max(0, sent - due) / 1000);
      if (replayed.response) this.latencyFromDue.add((ended - due) / 1000);
    }
    // The duration of an upgraded connection or an event stream that the client left is not a latency.
    if (recorded.messages || leftAsRecorded(recorded, replayed)) return;
    const before = flowEnded(recorded);
    if (before !== undefined && recorded.response) this.recordedLatency.add(Math.max(0, before - flowBegan(recorded)));
    if (replayed.response && !replayed.error) this.replayedLatency.add((ended - sent) / 1000);
  }

  crashed(error: unknown): void {
    this.onCrash(error);
  }

  get refusedCount(): number {
    return total(this.refusals);
  }

  get skippedCount(): number {
    return total(this.obstacles);
  }

  /** Whether a request of the capture was not sent or got no complete response. */
  get hasFailed(): boolean {
    if (this.failures > 0 || this.refusals.size > 0) return true;
    return [...this.obstacles.keys()].some((obstacle) => OBSTACLES[obstacle].isLoss);
  }

  /** The statistics for reports. */
  properties(): ReportProperty[] {
    const { recordedLatency: latencyThen, replayedLatency: latencyNow, latencyFromDue, lateness } = this;
    const quantiles: readonly [string, Quantiles][] = [
      ['latency_recorded', latencyThen],
      ['latency_sent', latencyNow],
      ['latency_due', latencyFromDue],
      ['lateness', lateness],
    ];
    return [
      { name: 'requests_sent', value: this.sent },
      { name: 'requests_failed', value: this.failures },
      { name: 'requests_refused', value: this.refusedCount },
      { name: 'flows_skipped', value: this.skippedCount },
      { name: 'requests_unsent', value: this.unsentCount },
      { name: 'retries', value: this.retries },
      ...quantiles.flatMap(([name, values]) =>
        values.count === 0
          ? []
          : [0.5, 0.9, 0.99].map((fraction) => ({ name: `${name}_p${fraction * 100}`, value: values.at(fraction) })),
      ),
    ];
  }

  private countStatus({ response, error }: HttpFlow, side: keyof StatusCount): void {
    const status = error && !response ? 0 : (response?.statusCode ?? 0);
    const counts = this.statuses.get(status) ?? { recorded: 0, replayed: 0 };
    counts[side]++;
    this.statuses.set(status, counts);
  }
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  const known = counts.get(key);
  if (known === undefined && counts.size >= NAMES) return;
  counts.set(key, (known ?? 0) + 1);
}

function total(counts: ReadonlyMap<unknown, number>): number {
  let sum = 0;
  for (const each of counts.values()) sum += each;
  return sum;
}
