import { type Location, locationOf, PathLimitError } from '../../json-path/index.js';
import type { Rule } from '../rules/rule.js';
import type { PathRule, RulePlace } from '../rules/rule-place.js';

/**
 * The values of one document that the paths of rules select, as a tree with the structure of the document and the rules at its
 * nodes.
 */
export class PathTrie implements RulePlace {
  readonly rules: Rule[] = [];
  private readonly children = new Map<string | number, PathTrie>();

  /** @returns undefined if no rule selects a value */
  static of(document: unknown, paths: readonly PathRule[]): PathTrie | undefined {
    const root = new PathTrie();
    let isEmpty = true;
    for (const { rule, path } of paths) {
      try {
        for (const node of path.select(document)) {
          root.add(locationOf(node), rule);
          isEmpty = false;
        }
      } catch (error) {
        // A path that exceeds the step limit selects nothing, as in filters.
        if (!(error instanceof PathLimitError)) throw error;
      }
    }
    return isEmpty ? undefined : root;
  }

  at(key: string | number): PathTrie | undefined {
    return this.children.get(key);
  }

  private add(location: Location, rule: Rule): void {
    let node: PathTrie = this;
    for (const key of location) {
      let next = node.children.get(key);
      if (!next) {
        next = new PathTrie();
        node.children.set(key, next);
      }
      node = next;
    }
    node.rules.push(rule);
  }
}
