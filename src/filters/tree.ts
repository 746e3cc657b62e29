import type { Operator } from './operators/operator.js';
import type { Predicate } from './verdict.js';

/** One operator with its argument. */
export interface Test {
  kind: 'test';
  operator: Operator;
  /** The argument as written, without quotes. */
  argument: string | undefined;
  /** Whether this is a regex without an operator. */
  bare: boolean;
  predicate: Predicate;
}

/** A parsed expression. `and` and `or` have at least two items, in source order. */
export type Tree = Test | { kind: 'not'; item: Tree } | { kind: 'and' | 'or'; items: Tree[] };

/** All operators of a tree. */
export function* testsOf(tree: Tree): Generator<Test> {
  if (tree.kind === 'test') yield tree;
  else if (tree.kind === 'not') yield* testsOf(tree.item);
  else for (const item of tree.items) yield* testsOf(item);
}
