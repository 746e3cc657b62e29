import type { PathNode, StepLimit } from '../path.js';

/** The context of an evaluation. */
export interface Context {
  /** The value of `$`. */
  readonly root: unknown;
  readonly limit: StepLimit;
}

/** A compiled query: the nodes that it selects, starting from a node. */
export type Select = (start: PathNode, context: Context) => Iterable<PathNode>;

export function* childrenOf(parent: PathNode, limit: StepLimit): Generator<PathNode> {
  const { value } = parent;
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (let key = 0; key < value.length; key++) {
      limit.step();
      yield { value: value[key], parent, key };
    }
  } else {
    for (const key of Object.keys(value)) {
      limit.step();
      yield { value: (value as Record<string, unknown>)[key], parent, key };
    }
  }
}

/** A node and all below it, each before its children (RFC 9535 section 2.5.2.2). */
export function* descendantsOf(start: PathNode, limit: StepLimit): Generator<PathNode> {
  const stack = [start];
  for (let node = stack.pop(); node; node = stack.pop()) {
    yield node;
    const first = stack.length;
    for (const child of childrenOf(node, limit)) stack.push(child);
    reverseFrom(stack, first);
  }
}

function reverseFrom(nodes: PathNode[], first: number): void {
  for (let low = first, high = nodes.length - 1; low < high; low++, high--) {
    const node = nodes[low]!;
    nodes[low] = nodes[high]!;
    nodes[high] = node;
  }
}

/** The indexes of a slice (RFC 9535 section 2.3.4.2.2). */
export function* slice(length: number, start?: number, stop?: number, step = 1): Generator<number> {
  const absolute = (index: number) => (index >= 0 ? index : length + index);
  if (step > 0) {
    const lower = Math.min(Math.max(absolute(start ?? 0), 0), length);
    const upper = Math.min(Math.max(absolute(stop ?? length), 0), length);
    for (let index = lower; index < upper; index += step) yield index;
  } else if (step < 0) {
    const upper = Math.min(Math.max(absolute(start ?? length - 1), -1), length - 1);
    const lower = stop === undefined ? -1 : Math.min(Math.max(absolute(stop), -1), length - 1);
    for (let index = upper; index > lower; index += step) yield index;
  }
}
