import type * as Library from 'json-p3';
import type { PathNode } from '../path.js';
import { ExpressionCompiler } from './expressions.js';
import { type Context, childrenOf, descendantsOf, type Select, slice } from './nodes.js';

type Segment = Library.JSONPathQuery['segments'][number];
export type Selector = Segment['selectors'][number];

/** Compiles the library's syntax trees (the selectors of RFC 9535 sections 2.3 and 2.5) into functions. */
export class Compiler {
  private readonly expressions: ExpressionCompiler;

  constructor(private readonly library: typeof Library) {
    this.expressions = new ExpressionCompiler(library, (query) => this.compile(query));
  }

  compile(query: Library.JSONPathQuery): Select {
    const segments = query.segments.map((segment) => this.compileSegment(segment));
    return (start, context) => {
      let nodes: Iterable<PathNode> = [start];
      for (const segment of segments) nodes = segment(nodes, context);
      return nodes;
    };
  }

  private compileSegment(segment: Segment) {
    const selectors = segment.selectors.map((selector) => this.compileSelector(selector));
    const atAnyDepth = isDescendant(segment);
    return function* (nodes: Iterable<PathNode>, context: Context): Generator<PathNode> {
      for (const node of nodes) {
        for (const visited of atAnyDepth ? descendantsOf(node, context.limit) : [node]) {
          context.limit.step();
          for (const select of selectors) yield* select(visited, context);
        }
      }
    };
  }

  private compileSelector(selector: Selector): Select {
    const { selectors } = this.library.jsonpath;
    if (selector instanceof selectors.NameSelector) return selectName(selector.name);
    if (selector instanceof selectors.IndexSelector) return selectIndex(selector.index);
    if (selector instanceof selectors.SliceSelector) {
      return selectSlice(selector.start, selector.stop, selector.step);
    }
    if (selector instanceof selectors.WildcardSelector) return (parent, { limit }) => childrenOf(parent, limit);
    if (selector instanceof selectors.FilterSelector) return this.selectBy(selector.expression);
    throw new Error(`unknown selector ${selector}`);
  }

  private selectBy(expression: Library.jsonpath.expressions.LogicalExpression): Select {
    const test = this.expressions.compileTest(expression);
    return function* (parent, context) {
      for (const child of childrenOf(parent, context.limit)) if (test(child, context)) yield child;
    };
  }
}

export function isDescendant(segment: Segment): boolean {
  return segment.toString().startsWith('..');
}

function selectName(key: string): Select {
  return (parent) => {
    const { value } = parent;
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key)) return [];
    return [{ value: (value as Record<string, unknown>)[key], parent, key }];
  };
}

function selectIndex(index: number): Select {
  return (parent) => {
    const { value } = parent;
    if (!Array.isArray(value)) return [];
    const key = index < 0 ? index + value.length : index;
    return key >= 0 && key < value.length ? [{ value: value[key], parent, key }] : [];
  };
}

function selectSlice(start: number | undefined, stop: number | undefined, step: number | undefined): Select {
  return function* (parent, { limit }) {
    const { value } = parent;
    if (!Array.isArray(value)) return;
    for (const key of slice(value.length, start, stop, step)) {
      limit.step();
      yield { value: value[key], parent, key };
    }
  };
}
