import type { FlowFilter } from '../../../flow/filter.js';
import type { Flow } from '../../../flow/flow.js';
import type { Addon } from '../../../flow/hooks/hooks.js';
import type { WriterOptions } from '../../../serialize/format.js';
import { NativeWriter } from '../../../serialize/native/native-writer.js';
import type { Sink } from '../../../serialize/output/sinks.js';
import { type LabelFields, writeLabel, YOUNG } from '../label.js';
import { NumberedChains } from './numbered-chains.js';

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
    const isYoung = Date.now() / 1000 - flow.timestampCreated < YOUNG;
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
