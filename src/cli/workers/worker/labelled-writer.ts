import type { Flow } from '../../../flow/flow.js';
import type { WriterOptions } from '../../../serialize/format.js';
import { NativeWriter } from '../../../serialize/native/native-writer.js';
import type { Sink } from '../../../serialize/output/sinks.js';
import { type LabelFields, writeLabel, YOUNG } from '../label.js';
import { NumberedChains } from './numbered-chains.js';

export interface LabelledWriterOptions extends WriterOptions {
  /** See `NativeWriterParts`. */
  id: Buffer;
  /** Number of worker processes. */
  workers: number;
}

/** Writes records of flows, each preceded by a label if one is needed. */
export class LabelledWriter extends NativeWriter {
  /** The groups of the next flow; see `LabelFields`. */
  groups: Uint8Array | undefined;
  declare protected readonly chains: NumberedChains;

  constructor(sink: Sink, { id, workers, ...options }: LabelledWriterOptions) {
    super(sink, options, { id, chains: new NumberedChains(workers) });
  }

  /** Writes certificate chains again in the following records, instead of referring to earlier ones. */
  forgetChains(): void {
    this.chains.clear();
  }

  protected override put(flow: Flow): undefined | Promise<void> {
    const { chains } = this;
    chains.begin();
    try {
      return super.put(flow);
    } finally {
      chains.end();
    }
  }

  protected override precede(flow: Flow): void {
    const { groups, chains } = this;
    // A flow from before a change of the system's clock may be old.
    const isYoung = Math.abs(Date.now() / 1000 - flow.timestampCreated) < YOUNG;
    const hasChain = hasCertificates(flow.client) || hasCertificates(flow.server);
    if (!groups && isYoung && !hasChain) return;
    const fields: LabelFields = {
      groups,
      id: isYoung ? undefined : flow.id,
      // Unknown if the record is encoded later.
      chain: hasChain ? (chains.used ?? 0) : undefined,
      isContained: chains.isContained,
    };
    writeLabel(this.queue, this.id, fields);
  }
}

function hasCertificates({ tls }: Flow['client'] | Flow['server']): boolean {
  return tls !== undefined && tls.certificates.length > 0;
}
