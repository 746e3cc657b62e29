import type { FlowFilter } from '../flow/filter.js';
import type { Flow } from '../flow/flow.js';
import type { Addon } from '../flow/hooks/hooks.js';
import type { FlowWriter, RecordCopier } from '../serialize/output/writer.js';

/** Writes ended flows to a capture. The owner of the writer closes it after `done`. */
export class Save implements Addon {
  readonly name = 'save';
  readonly observes = true;
  readonly observesBodies = true;

  constructor(
    private readonly writer: FlowWriter,
    readonly filter?: FlowFilter,
  ) {}

  /** Takes records as bytes in place of flows; undefined unless the output has the native format without compression. */
  get records(): RecordCopier | undefined {
    return this.writer.records;
  }

  flowEnd(flow: Flow): void | Promise<void> {
    return this.writer.write(flow);
  }
}
