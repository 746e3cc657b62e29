import type { SpoolPolicy } from '../../flow/body/spool-policy.js';
import { type Flow, releaseFlow } from '../../flow/flow.js';
import type { SideFiles } from '../native/journal/live-path.js';
import { JournalFlows } from '../native/journal/live-reader.js';
import { RecordReader } from '../native/record/record-reader.js';
import { DamageLog } from './damage.js';
import { FileInput } from './input-file.js';

type OnFlow = (flow: Flow) => void | Promise<void>;

/** The flows in the side files of an interrupted recording. */
export class SideFlows {
  private constructor(
    private readonly policy: SpoolPolicy,
    private readonly journals: readonly JournalFlows[],
    /** For each file with ended flows, the ids of the flows to pass on. */
    private readonly unsaved: ReadonlyMap<string, Set<string>>,
  ) {}

  /** @throws Error (of `fs`) if a file cannot be read */
  static async read({ journals, unsaved }: SideFiles, policy: SpoolPolicy): Promise<SideFlows> {
    const read: JournalFlows[] = [];
    for (const path of journals) {
      const flows = await JournalFlows.read(path, policy);
      if (flows) read.push(flows);
    }
    const ids = new Map<string, Set<string>>();
    for (const path of unsaved) {
      const known = new Set<string>();
      await readFile(path, policy, (flow) => {
        known.add(flow.id);
        releaseFlow(flow);
      });
      ids.set(path, known);
    }
    const flows = new SideFlows(policy, read, ids);
    // A flow may have ended since the last update of the journal.
    for (const known of ids.values()) for (const id of known) for (const journal of read) journal.delete(id);
    return flows;
  }

  /** Removes a flow that is in the capture. */
  delete(id: string): void {
    for (const journal of this.journals) journal.delete(id);
    for (const ids of this.unsaved.values()) ids.delete(id);
  }

  /** Passes each flow to the receiver, which releases it. @returns the number of all flows, and of those that had not ended */
  async passOn(onFlow: OnFlow): Promise<{ flows: number; incomplete: number }> {
    let flows = 0;
    let incomplete = 0;
    for (const [path, ids] of this.unsaved) {
      if (ids.size === 0) continue;
      await readFile(path, this.policy, (flow) => {
        if (!ids.delete(flow.id)) return releaseFlow(flow);
        flows++;
        return onFlow(flow);
      });
    }
    for (const journal of this.journals) {
      for await (const flow of journal.take()) {
        flows++;
        incomplete++;
        await onFlow(flow);
      }
    }
    return { flows, incomplete };
  }
}

/** Reads a file of ended flows. An incomplete end is not reported: the process that wrote the file may have been killed. */
async function readFile(path: string, policy: SpoolPolicy, onFlow: OnFlow): Promise<void> {
  const input = await FileInput.open(path);
  try {
    const options = { policy, onDamage: () => {} };
    await new RecordReader({
      input,
      options,
      damage: new DamageLog(input.name, false, options.onDamage),
      onFlow,
    }).run();
  } finally {
    await input.close();
  }
}
