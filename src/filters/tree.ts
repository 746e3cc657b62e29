import type { Operator } from './operators/operator.js';
import type { Predicate } from './verdict.js';

/** One operator with its argument. */
export interface Test {
  kind: 'test';
  operator: Operator;
  /** The argument without quotes, as it was written. */
  argument: string | undefined;
  /** A regex without an operator before it. */
  bare: boolean;
  predicate: Predicate;
}

/** A parsed expression. `and` and `or` have two items or more, in the order in which they were written. */
export type Tree = Test | { kind: 'not'; item: Tree } | { kind: 'and' | 'or'; items: Tree[] };

/** All operators of a tree. */
export function* testsOf(tree: Tree): Generator<Test> {
  if (tree.kind === 'test') yield tree;
  else if (tree.kind === 'not') yield* testsOf(tree.item);
  else for (const item of tree.items) yield* testsOf(item);
}
