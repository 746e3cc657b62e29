import type { FlowFilter } from '../../../flow/filter.js';
import type { Flow } from '../../../flow/flow.js';
import type { Addon } from '../../../flow/hooks/hooks.js';
import type { LabelledWriter } from './labelled-writer.js';

/** A `FlowGroup` with its filter compiled. */
export interface CompiledGroup {
  readonly filter: FlowFilter | undefined;
  readonly bodies: boolean;
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

function forwardAddon(
  { filter, bodies }: CompiledGroup,
  flowEnd: (flow: Flow) => undefined | void | Promise<void>,
): Addon {
  return { name: 'workers', observes: true, observesBodies: bodies, ...(filter ? { filter } : {}), flowEnd };
}
