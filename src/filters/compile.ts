import type { FlowFilter } from '../flow/index.js';
import type { Definitions } from '../protobuf/definitions/definitions.js';
import { BODY } from './operators/operator.js';
import { parse } from './parse.js';
import { createJsonReader } from './subjects/json.js';
import { type Tree, testsOf } from './tree.js';
import { type Certainty, NO, type Predicate, stageOf, toVerdict, YES } from './verdict.js';

export interface FilterOptions {
  /** Whether regexes and globs respect case; off by default. */
  caseSensitive?: boolean;
  /** Reference for relative times in `~after` and `~before`, in seconds since the epoch. Default: the current time. */
  now?: number;
  /** Definitions of messages of Protobuf, for `~json`; without them, fields have numbers. */
  definitions?: Definitions | undefined;
}

/**
 * Compiles a filter expression. The result is stateless, so that it can serve any number of flows concurrently.
 * @throws FilterError
 */
export function compileFilter(text: string, options: FilterOptions = {}): FlowFilter {
  const { caseSensitive = false, now = Date.now() / 1000, definitions } = options;
  const tree = parse(text, { caseSensitive, now, json: createJsonReader(), definitions });
  const predicate = predicateOf(tree);
  return {
    text,
    needsBodies: [...testsOf(tree)].some(({ operator }) => operator.cost === BODY),
    evaluate: (flow, phase) => toVerdict(predicate(flow, stageOf(phase))),
  };
}

function predicateOf(tree: Tree): Predicate {
  if (tree.kind === 'test') return tree.predicate;
  if (tree.kind === 'not') {
    const item = predicateOf(tree.item);
    return (flow, stage) => (YES - item(flow, stage)) as Certainty;
  }
  const items = cheapestFirst(tree.items).map(predicateOf);
  return tree.kind === 'and' ? all(items) : any(items);
}

function all(items: Predicate[]): Predicate {
  const last = items.length;
  return (flow, stage) => {
    let least: Certainty = YES;
    for (let at = 0; at < last; at++) {
      const certainty = items[at]!(flow, stage);
      if (certainty === NO) return NO;
      if (certainty < least) least = certainty;
    }
    return least;
  };
}

function any(items: Predicate[]): Predicate {
  const last = items.length;
  return (flow, stage) => {
    let greatest: Certainty = NO;
    for (let at = 0; at < last; at++) {
      const certainty = items[at]!(flow, stage);
      if (certainty === YES) return YES;
      if (certainty > greatest) greatest = certainty;
    }
    return greatest;
  };
}

/** Reordering is safe: predicates have no side effects. */
function cheapestFirst(items: Tree[]): Tree[] {
  return items
    .map((tree) => ({ tree, cost: costOf(tree) }))
    .sort((a, b) => a.cost - b.cost)
    .map(({ tree }) => tree);
}

function costOf(tree: Tree): number {
  if (tree.kind === 'test') return tree.operator.cost;
  return tree.kind === 'not' ? costOf(tree.item) : tree.items.reduce((most, item) => Math.max(most, costOf(item)), 0);
}
