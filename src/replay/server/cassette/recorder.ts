import type { SpoolPolicy } from '../../../flow/body/spool-policy.js';
import type { FlowFilter, Verdict } from '../../../flow/filter.js';
import type { Flow, HttpFlow } from '../../../flow/flow.js';
import type { Addon } from '../../../flow/hooks/hooks.js';
import { systemErrorText } from '../../../flow/system-error.js';
import { OutputError } from '../../../serialize/output/sinks.js';
import { SpooledFlows } from '../../../serialize/sorted/spooled-flows.js';
import { isOpenStream } from '../../open-stream.js';

/** Stores the flows that were forwarded in a temporary file until the end of the run. */
export class CassetteRecorder implements Addon {
  readonly name = 'cassette';
  readonly observes = true;
  readonly observesBodies = true;
  readonly filter: FlowFilter;
  /** Number of failed flows, which are not recorded. */
  failed = 0;
  private readonly marked = new WeakSet<Flow>();
  private spooled: SpooledFlows | undefined;
  /** Whether the file cannot be written, which ends the run. */
  private broken = false;
  /** Flows are written sequentially. */
  private writing: Promise<void> = Promise.resolve();

  /** @param onProblem receives the reason why a flow is not recorded */
  constructor(
    private readonly policy: SpoolPolicy,
    private readonly onProblem: (message: string) => void,
  ) {
    this.filter = {
      text: 'recorded',
      needsBodies: false,
      evaluate: (flow, phase): Verdict => {
        if (this.marked.has(flow)) return 'yes';
        return phase === 'requestHeaders' ? 'later' : 'no';
      },
    };
  }

  /** Marks a flow that is forwarded. */
  mark(flow: HttpFlow): void {
    this.marked.add(flow);
  }

  flowEnd(flow: Flow): Promise<void> | undefined {
    if (flow.type !== 'http') return undefined;
    if (!flow.response || (flow.error && !isOpenStream(flow))) {
      this.failed++;
      return undefined;
    }
    this.writing = this.writing.then(async () => {
      if (this.broken) return;
      try {
        this.spooled ??= new SpooledFlows(this.policy);
        await this.spooled.write(flow, (error) =>
          this.onProblem(`Flow ${flow.id} is not recorded: ${systemErrorText(error)}`),
        );
      } catch (error) {
        this.broken = true;
        this.policy.fail((error instanceof OutputError ? error.cause : error) as Error);
      }
    });
    return this.writing;
  }

  /** The file with the recorded flows; undefined without flows. The caller finishes or closes it. */
  async take(): Promise<SpooledFlows | undefined> {
    await this.writing;
    const { spooled } = this;
    this.spooled = undefined;
    return spooled;
  }
}
