import { type Flow, releaseFlow } from '../../flow/flow.js';
import { flowBegan } from '../../flow/timing.js';
import type { Damage } from '../input/damage.js';
import type { ReadOptions, ReadSummary } from '../input/read-options.js';
import { type ReadInput, readFlows } from '../input/reader.js';
import { NativeSource } from '../native/native-source.js';
import { ReadChains } from '../shared/certificates.js';
import { FlowIndex } from './flow-index.js';
import { RecordFiles } from './record-files.js';
import { SpooledFlows } from './spooled-flows.js';

/**
 * Reads several inputs in the order in which their flows began. Flows are read twice: first for their start times, then
 * in order. Inputs that cannot be read twice (pipes, other formats) are copied to a temporary flow file. Only 20 bytes
 * per flow stay in memory.
 */
export class SortedReader {
  private readonly index = new FlowIndex();
  private readonly chains = new ReadChains();
  private readonly files: RecordFiles;
  private spooled: SpooledFlows | undefined;
  /** The inputs of the flows in the temporary file, in file order. */
  private readonly spooledRuns: { input: number; count: number }[] = [];
  /** Damaged bodies already reported; they are found again when the flow is read. */
  private readonly reported = new Set<string>();
  private readonly options: ReadOptions;
  private inputs = 0;
  private indexed = false;

  /** @param needsResponses whether bodies of responses are needed after a flow was passed on */
  constructor(options: ReadOptions, needsResponses = true) {
    const onDamage = (damage: Damage): void => {
      if (this.reported.has(damage.message)) return;
      if (damage.kind === 'body') this.reported.add(damage.message);
      options.onDamage(damage);
    };
    this.options = { ...options, onDamage };
    // The first reading has checked the bodies. What has changed since is found where a body is used.
    this.files = new RecordFiles({ ...this.options, checksBodies: false }, this.chains, 'sorted', needsResponses);
  }

  /**
   * Indexes the flows of an input.
   * @param wanted decides for each flow, without its bodies
   * @throws the errors of `readFlows`, and OutputError if the temporary file cannot be written
   */
  add(from: ReadInput, wanted: (flow: Flow) => boolean): Promise<ReadSummary> {
    const input = this.inputs++;
    // No flow is kept or changed here.
    const options = { ...this.options, mayChange: () => false, releasesFlows: true };
    return readFlows(from, options, (flow) => {
      // Other flows may need the chain of a flow that is filtered out.
      this.chains.keep(flow);
      if (!wanted(flow)) return releaseFlow(flow);
      const { source } = flow;
      if (!(source instanceof NativeSource) || source.input.once) return this.spool(flow, input);
      const file = this.files.numberOf(source.input.name);
      this.index.add(flowBegan(flow), { file, offset: source.offset }, input);
      return releaseFlow(flow);
    });
  }

  /**
   * Reads the flows of all added inputs; it may be called again for another round.
   * @param onFlow a returned promise is awaited before the next flow
   * @throws DamageError with `strict`, at the first damage
   */
  async read(onFlow: (flow: Flow) => void | Promise<void>): Promise<ReadSummary> {
    if (this.spooled && !this.indexed) await this.indexSpooled(this.spooled);
    this.indexed = true;
    const summary: ReadSummary = { flows: 0, recovered: 0, unknown: 0, damaged: 0 };
    for (const place of this.index.sorted()) {
      const pending = this.files.read(place, onFlow);
      if (pending) await pending;
      const pause = this.files.pause();
      if (pause) await pause;
      summary.flows++;
    }
    return summary;
  }

  /** Number of flows. */
  get count(): number {
    return this.indexed
      ? this.index.size
      : this.index.size + this.spooledRuns.reduce((sum, { count }) => sum + count, 0);
  }

  async close(): Promise<void> {
    this.spooled?.close();
    await this.files.close();
  }

  private async spool(flow: Flow, input: number): Promise<void> {
    this.spooled ??= new SpooledFlows(this.options.policy);
    const { count } = this.spooled;
    await this.spooled.copy(flow, this.options.onDamage);
    if (this.spooled.count === count) return;
    const last = this.spooledRuns.at(-1);
    if (last?.input === input) last.count++;
    else this.spooledRuns.push({ input, count: 1 });
  }

  private async indexSpooled(spooled: SpooledFlows): Promise<void> {
    const file = await this.files.addTemporary(await spooled.finish());
    const runs = this.spooledRuns.values();
    let run = runs.next().value;
    await this.files.readAll(file, (flow, offset) => {
      if (run?.count === 0) run = runs.next().value;
      if (run) {
        run.count--;
        this.index.add(flowBegan(flow), { file, offset }, run.input);
      }
      releaseFlow(flow);
    });
  }
}
