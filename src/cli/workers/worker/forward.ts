import type { FlowFilter } from '../../../flow/filter.js';
import type { Flow } from '../../../flow/flow.js';
import type { Addon } from '../../../flow/hooks/hooks.js';
import type { WriterOptions } from '../../../serialize/format.js';
import { NativeWriter } from '../../../serialize/native/native-writer.js';
import type { Sink } from '../../../serialize/output/sinks.js';
import { type LabelFields, writeLabel, YOUNG } from '../label.js';
import { NumberedChains } from './numbered-chains.js';

/** Flows that outputs of the parent want. */
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

/** Writes records, each after a label if there is something to say of it. */
export class LabelledWriter extends NativeWriter {
  /** The groups of the next flow. */
  groups: Uint8Array | undefined;
  declare protected readonly chains: NumberedChains;

  constructor(sink: Sink, { id, workers, ...options }: LabelledWriterOptions) {
    super(sink, options, { id, chains: new NumberedChains(workers) });
  }

  /** From now on, records contain the chains of certificates that they would refer to. */
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
      // Of a record that is encoded later, it is unknown.
      chain: hasChain ? (chains.used ?? 0) : undefined,
      isContained: chains.isContained,
    };
    writeLabel(this.queue, this.id, fields);
  }
}

/** The addons that forward ended flows to the parent. Filters are evaluated here, where bodies are, and flows are not redacted. */
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
