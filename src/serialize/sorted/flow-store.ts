import { type Flow, releaseFlow } from '../../flow/flow.js';
import { systemErrorText } from '../../flow/system-error.js';
import type { ReadOptions } from '../input/read-options.js';
import { ReadChains } from '../shared/certificates.js';
import type { FlowPosition } from './flow-index.js';
import { RecordFiles } from './record-files.js';
import { SpooledFlows } from './spooled-flows.js';

/** Flows in a temporary file, which can be read by their ids once all are written. */
export class FlowStore {
  private readonly spooled: SpooledFlows;
  private readonly files: RecordFiles;
  private readonly places = new Map<string, FlowPosition>();

  /** @throws Error (of `fs`) if the file cannot be created */
  constructor(private readonly options: ReadOptions) {
    this.spooled = new SpooledFlows(options.policy);
    this.files = new RecordFiles(options, new ReadChains());
  }

  /** Copies a flow that has ended. @throws OutputError if the file cannot be written */
  async add(flow: Flow): Promise<void> {
    await this.spooled.write(flow, (error) =>
      this.options.onDamage({
        kind: 'body',
        offset: 0,
        message: `Flow ${flow.id} cannot be kept: ${systemErrorText(error)}`,
      }),
    );
  }

  /** Ends writing; from now on, flows can be read. @throws OutputError */
  async finish(): Promise<void> {
    const file = await this.files.addTemporary(await this.spooled.finish());
    await this.files.readAll(file, (flow, offset) => {
      this.places.set(flow.id, { file, offset });
      releaseFlow(flow);
    });
  }

  /** Reads a flow; the caller releases it. */
  async get(id: string): Promise<Flow | undefined> {
    const place = this.places.get(id);
    let found: Flow | undefined;
    if (place) {
      await this.files.read(place, (flow) => {
        found = flow;
      });
      await this.files.pause();
    }
    return found;
  }

  async close(): Promise<void> {
    this.spooled.close();
    await this.files.close();
  }
}
