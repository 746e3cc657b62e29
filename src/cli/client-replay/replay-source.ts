import type { FlowFilter } from '../../flow/filter.js';
import { type Flow, releaseFlow } from '../../flow/flow.js';
import { plural } from '../../flow/text/plural.js';
import { flowBegan } from '../../flow/timing.js';
import type { PaceClock } from '../../replay/client/pace/clock.js';
import { OrderWindow } from '../../replay/client/pace/order-window.js';
import { readFlows } from '../../serialize/input/reader.js';
import { SortedReader } from '../../serialize/sorted/sorted-reader.js';
import type { Inputs } from '../read/find-inputs.js';
import { FlowSelector } from '../read/flow-selector.js';
import { InputReader, inputOf } from '../read/input-reader.js';
import type { Session } from '../session/session.js';
import { isSpecialFile } from '../write/special-file.js';

export interface SourceParts {
  readonly session: Session;
  readonly inputs: Inputs;
  /** Selects the flows to send. */
  readonly filter: FlowFilter | undefined;
  readonly clock: PaceClock;
  /** Whether the flows are read repeatedly. */
  readonly rereads: boolean;
  /** Whether bodies of recorded responses are needed. */
  readonly needsResponses: boolean;
}

type Take = (flow: Flow) => void | Promise<void>;

/** Maximum number of flows from a pipe that wait to be sorted. */
const WINDOW_LIMIT = 10_000;

/** The flows to send, in the order in which they began. */
export class ReplaySource {
  /** Number of flows; undefined if it is not known in advance. */
  total: number | undefined;
  private readonly reader: InputReader;
  private readonly selector: FlowSelector;
  private sorted: SortedReader | undefined;
  private readonly pipes: readonly string[];

  constructor(private readonly parts: SourceParts) {
    const { session, inputs, filter, rereads } = parts;
    this.reader = new InputReader(session, () => true);
    this.selector = new FlowSelector(session, filter);
    this.pipes = rereads ? [] : inputs.paths.filter(isPipe);
  }

  /** Whether all flows can be read repeatedly. */
  get canReread(): boolean {
    return this.pipes.length === 0;
  }

  /** Indexes the inputs that can be read repeatedly. */
  async open(): Promise<void> {
    const { inputs, filter, needsResponses } = this.parts;
    const paths = inputs.paths.filter((path) => !this.pipes.includes(path));
    const sorted = new SortedReader(this.reader.readOptions, needsResponses);
    this.sorted = sorted;
    await this.reader.readEach({ ...inputs, paths }, (input) => sorted.add(input, this.selector.mayMatch));
    if (this.pipes.length === 0 && !filter?.needsBodies) this.total = sorted.count;
  }

  /** Reads all flows once. */
  async read(take: Take): Promise<void> {
    const { sorted } = this;
    const select: Take = (flow) => this.selector.select(flow, take);
    if (sorted) await this.reader.attempt('the sorted flows', () => sorted.read(select));
    for (const path of this.pipes) await this.readPipe(path, take);
  }

  /** Stops reading a pipe that may never deliver more data. */
  abandon(): void {
    if (this.parts.inputs.paths.includes('-')) process.stdin.destroy();
  }

  async close(): Promise<void> {
    await this.sorted?.close();
  }

  private async readPipe(path: string, take: Take): Promise<void> {
    const { clock, session } = this.parts;
    let late = 0;
    const window = new OrderWindow<Flow>({
      wait: session.options.replayWindow * 1000,
      limit: WINDOW_LIMIT,
      clock,
      onLate: () => late++,
    });
    let failure: unknown;
    const passing = window
      .run((flow) => (failure ? releaseFlow(flow) : take(flow)))
      .catch((error) => {
        failure = error;
        window.end();
      });
    await this.reader.attempt(path, () =>
      readFlows(inputOf(path), this.reader.readOptions, (flow) => {
        if (failure) throw failure;
        return this.selector.select(flow, (matching) => window.add(matching, flowBegan(matching)));
      }),
    );
    window.end();
    await passing;
    for (const flow of window.drain()) releaseFlow(flow);
    if (late > 0) {
      const flows = plural(late, 'flow');
      session.log.warn(
        `${flows} came later than replay_window allows, and ${late === 1 ? 'was' : 'were'} sent after others that began later.`,
      );
    }
  }
}

/** Whether an input can be read only once, in the order of its data. */
export function isPipe(path: string): boolean {
  return path === '-' || isSpecialFile(path);
}
