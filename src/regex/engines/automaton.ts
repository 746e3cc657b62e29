import type { CharSet } from '../charset.js';
import type { Assertion, Regex } from '../syntax.js';

/** A state of a nondeterministic automaton and its transitions. */
type NfaNode =
  | { type: 'set'; set: number; next: number }
  | { type: 'split'; next: number[] }
  | { type: 'assertion'; assertion: Assertion; unicode: boolean; next: number }
  | { type: 'match' };

/** A nondeterministic automaton (Thompson's construction) that decides whether a regex matches at all. */
export interface Nfa {
  nodes: NfaNode[];
  start: number;
  /** The sets that nodes refer to, without duplicates. */
  sets: CharSet[];
}

/** Enough for any hand-written regex. Counted repetitions are expanded and can exceed it. */
const MAX_NODES = 3000;

/** @returns undefined if the regex is not regular (look-arounds, back-references), or too large when expanded */
export function buildNfa(regex: Regex): Nfa | undefined {
  const builder = new NfaBuilder();
  const start = builder.add(regex, builder.node({ type: 'match' }));
  return builder.failed ? undefined : { nodes: builder.nodes, start, sets: builder.sets };
}

class NfaBuilder {
  readonly nodes: NfaNode[] = [];
  readonly sets: CharSet[] = [];
  failed = false;
  private readonly known = new Map<string, number>();

  node(node: NfaNode): number {
    if (this.nodes.length >= MAX_NODES) this.failed = true;
    return this.nodes.push(node) - 1;
  }

  /** Adds the nodes of a regex, followed by `next`. @returns the first of them */
  add(regex: Regex, next: number): number {
    if (this.failed) return next;
    switch (regex.type) {
      case 'set':
        return this.node({ type: 'set', set: this.setIndex(regex.set), next });
      case 'sequence':
        return regex.items.reduceRight((after, item) => this.add(item, after), next);
      case 'alternatives':
        return this.node({ type: 'split', next: regex.items.map((item) => this.add(item, next)) });
      case 'repeat':
        // Greedy and lazy repetitions match the same texts; a possessive one may not.
        if (regex.how === 'possessive') this.failed = true;
        return this.repeat(regex.item, regex.min, regex.max, next);
      case 'assertion':
        return this.node({ type: 'assertion', assertion: regex.assertion, unicode: regex.unicode, next });
      case 'group':
        return this.add(regex.item, next);
      default:
        this.failed = true;
        return next;
    }
  }

  private repeat(item: Regex, min: number, max: number, next: number): number {
    let entry = next;
    if (max === Number.POSITIVE_INFINITY) {
      const loop = { type: 'split' as const, next: [next] };
      entry = this.node(loop);
      loop.next.push(this.add(item, entry));
    } else {
      for (let count = min; count < max && !this.failed; count++) {
        entry = this.node({ type: 'split', next: [next, this.add(item, entry)] });
      }
    }
    for (let count = 0; count < min && !this.failed; count++) entry = this.add(item, entry);
    return entry;
  }

  private setIndex(set: CharSet): number {
    const found = this.known.get(set.key);
    if (found !== undefined) return found;
    this.known.set(set.key, this.sets.length);
    return this.sets.push(set) - 1;
  }
}
