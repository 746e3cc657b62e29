import { BoundedMap } from '../../../flow/bounded-map.js';
import type { FlowFilter } from '../../../flow/filter.js';
import type { Flow } from '../../../flow/flow.js';
import type { Addon } from '../../../flow/hooks/hooks.js';
import type { WriterOptions } from '../../../serialize/format.js';
import { NativeWriter } from '../../../serialize/native/native-writer.js';
import type { Sink } from '../../../serialize/output/sinks.js';
import { WrittenChains } from '../../../serialize/shared/certificates.js';
import { type LabelFields, writeLabel, YOUNG } from '../label.js';

/** A `FlowGroup` with its filter compiled. */
export interface CompiledGroup {
  readonly filter: FlowFilter | undefined;
  readonly bodies: boolean;
}

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

/**
 * The addons that send ended flows to the parent. Filters are evaluated here, because the worker has the bodies, and the flows
 * before redaction.
 */
export function forwardAddons(groups: readonly CompiledGroup[], writer: LabelledWriter): Addon[] {
  const [first] = groups;
  if (!first) return [];
  if (groups.length === 1) {
    return [forwardAddon(first, (flow) => writer.write(flow))];
  }
  const wanted = new WeakMap<Flow, Uint8Array>();
  const bytes = Math.ceil(groups.length / 8);
  const selectors = groups.map((group, at) =>
    forwardAddon(group, (flow) => {
      let bits = wanted.get(flow);
      if (!bits) {
        bits = new Uint8Array(bytes);
        wanted.set(flow, bits);
      }
      bits[at >> 3]! |= 1 << (at & 7);
    }),
  );
  const forward = (flow: Flow): undefined | Promise<void> => {
    writer.groups = wanted.get(flow);
    return writer.groups && writer.write(flow);
  };
  return [...selectors, forwardAddon({ filter: undefined, bodies: false }, forward)];
}

function hasCertificates({ tls }: Flow['client'] | Flow['server']): boolean {
  return tls !== undefined && tls.certificates.length > 0;
}

function forwardAddon(
  { filter, bodies }: CompiledGroup,
  flowEnd: (flow: Flow) => undefined | void | Promise<void>,
): Addon {
  return { name: 'workers', observes: true, observesBodies: bodies, ...(filter ? { filter } : {}), flowEnd };
}

/** Numbers the certificate chains that a writer writes, and notes the chains that a record contains or refers to. */
class NumberedChains extends WrittenChains {
  /** The number of the last written chain. */
  private last = 0;
  /** Chain numbers by connection id. */
  private readonly numbers: BoundedMap<string, number>;
  /** The number of the chain that the record contains, or of the oldest chain that it refers to; 0 if that is unknown. */
  used: number | undefined;
  isContained = false;
  private isCounting = false;

  /** @param writers see `WrittenChains` */
  constructor(writers: number) {
    super(writers);
    this.numbers = new BoundedMap(this.limit);
  }

  /**
   * Begins a record. Until `end`, written chains are numbered. Chains of a record that is encoded later get the number 0, as
   * other records may have been written before it.
   */
  begin(): void {
    this.used = undefined;
    this.isContained = false;
    this.isCounting = true;
  }

  end(): void {
    this.isCounting = false;
  }

  override leafOnly(connectionId: string, certificates: readonly Buffer[]): Buffer | undefined {
    const leaf = super.leafOnly(connectionId, certificates);
    if (leaf) this.refer(connectionId);
    else this.contain(connectionId);
    return leaf;
  }

  override isWritten(connectionId: string, certificates: readonly Buffer[]): boolean {
    const isWritten = super.isWritten(connectionId, certificates);
    if (isWritten) this.refer(connectionId);
    return isWritten;
  }

  private contain(connectionId: string): void {
    this.used = this.isCounting ? ++this.last : 0;
    this.numbers.set(connectionId, this.used);
    this.isContained = true;
  }

  private refer(connectionId: string): void {
    if (this.isContained) return;
    const number = this.numbers.get(connectionId) ?? 0;
    this.used = Math.min(this.used ?? number, number);
  }
}
