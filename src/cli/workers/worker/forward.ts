import type { FlowFilter } from '../../../flow/filter.js';
import type { Flow } from '../../../flow/flow.js';
import type { Addon } from '../../../flow/hooks/hooks.js';
import { NativeWriter } from '../../../serialize/native/native-writer.js';
import { encodeHead, HEAD_SIZE, KIND_LABEL } from '../../../serialize/native/record/record.js';

/** Flows that outputs of the parent want. */
export interface CompiledGroup {
  readonly filter: FlowFilter | undefined;
  readonly bodies: boolean;
}

const NO_WRITER = Buffer.alloc(8);

/** Writes records, each after a label that says which groups the flow belongs to. */
export class LabelledWriter extends NativeWriter {
  /** The label of the next flow; undefined for none. */
  label: Uint8Array | undefined;

  protected override put(flow: Flow): undefined | Promise<void> {
    const { label, queue } = this;
    if (label) {
      const at = queue.reserve(HEAD_SIZE + label.length);
      queue.bytes.set(label, at + HEAD_SIZE);
      encodeHead(queue.bytes, at, NO_WRITER, label.length, 0, 0, KIND_LABEL);
    }
    return super.put(flow);
  }
}

/** The addons that forward ended flows to the parent. Filters are evaluated here, where bodies are, and flows are not redacted. */
export function forwardAddons(groups: readonly CompiledGroup[], writer: LabelledWriter): Addon[] {
  const [first] = groups;
  if (!first) return [];
  if (groups.length === 1) {
    return [forwardAddon(first, (flow) => writer.write(flow))];
  }
  const labels = new WeakMap<Flow, Uint8Array>();
  const bytes = Math.ceil(groups.length / 8);
  const selectors = groups.map((group, at) =>
    forwardAddon(group, (flow) => {
      let label = labels.get(flow);
      if (!label) {
        label = new Uint8Array(bytes);
        labels.set(flow, label);
      }
      label[at >> 3]! |= 1 << (at & 7);
    }),
  );
  const forward = (flow: Flow): undefined | Promise<void> => {
    writer.label = labels.get(flow);
    return writer.label && writer.write(flow);
  };
  return [...selectors, forwardAddon({ filter: undefined, bodies: false }, forward)];
}

function forwardAddon(
  { filter, bodies }: CompiledGroup,
  flowEnd: (flow: Flow) => undefined | void | Promise<void>,
): Addon {
  return { name: 'workers', observes: true, observesBodies: bodies, ...(filter ? { filter } : {}), flowEnd };
}
