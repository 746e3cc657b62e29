import { type Flow, releaseFlow } from '../../flow/flow.js';
import type { ReadOptions, ReadSummary } from '../input/read-options.js';
import { type ReadInput, readFlows } from '../input/reader.js';
import { NativeSource } from '../native/native-source.js';
import { ReadChains } from '../shared/certificates.js';
import type { FlowPosition } from './flow-index.js';
import { RecordFiles } from './record-files.js';
import { SpooledFlows } from './spooled-flows.js';

/**
 * Reads inputs flow by flow, and single flows again later. Inputs that cannot be read twice (pipes, other formats) are copied
 * to a temporary flow file first.
 */
export class RevisitedReader {
  private readonly chains = new ReadChains();
  private readonly files: RecordFiles;

  constructor(private readonly options: ReadOptions) {
    this.files = new RecordFiles(options, this.chains);
  }

  /**
   * Reads an input.
   * @param wanted decides for each flow, without its bodies
   * @param onFlow receives each flow, and the place at which it can be read again; a returned promise is awaited
   * @throws the errors of `readFlows`, and OutputError if the temporary file cannot be written
   */
  async read(
    from: ReadInput,
    wanted: (flow: Flow) => boolean,
    onFlow: (flow: Flow, place: FlowPosition) => void | Promise<void>,
  ): Promise<ReadSummary> {
    let spooled: SpooledFlows | undefined;
    try {
      const summary = await readFlows(from, this.options, (flow) => {
        // Other flows may need the chain of a flow that is filtered out.
        this.chains.keep(flow);
        if (!wanted(flow)) return releaseFlow(flow);
        const { source } = flow;
        if (source instanceof NativeSource && !source.input.once) {
          return onFlow(flow, { file: this.files.numberOf(source.input.name), offset: source.offset });
        }
        spooled ??= new SpooledFlows(this.options.policy);
        return spooled.copy(flow, this.options.onDamage);
      });
      if (spooled) {
        const file = await this.files.addTemporary(await spooled.finish());
        await this.files.readAll(file, (flow, offset) => onFlow(flow, { file, offset }));
      }
      return summary;
    } finally {
      spooled?.close();
    }
  }

  /** Reads a flow again. @returns undefined if its record is missing, which is reported */
  async readAgain(place: FlowPosition): Promise<Flow | undefined> {
    let found: Flow | undefined;
    await this.files.read(place, (flow) => {
      found = flow;
    });
    await this.files.pause();
    return found;
  }

  close(): Promise<void> {
    return this.files.close();
  }
}
