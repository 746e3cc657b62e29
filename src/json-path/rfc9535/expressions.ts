import type * as Library from 'json-p3';
import type { PathNode, StepLimit } from '../path.js';
import { compileRegex } from './iregexp.js';
import type { Context, Select } from './nodes.js';

type Expression = Library.jsonpath.expressions.FilterExpression;
type Test = (node: PathNode, context: Context) => boolean;
type Value = (node: PathNode, context: Context) => unknown;

/** The special result Nothing of RFC 9535 section 2.4.1. */
const NOTHING = Symbol('nothing');

/** Compiles filter expressions (RFC 9535 sections 2.3.5 and 2.4) into functions. The library has checked their types. */
export class ExpressionCompiler {
  constructor(
    private readonly library: typeof Library,
    private readonly compileQuery: (query: Library.JSONPathQuery) => Select,
  ) {}

  /** @returns the truth of an expression */
  compileTest(expression: Expression): Test {
    const { expressions } = this.library.jsonpath;
    if (expression instanceof expressions.LogicalExpression) return this.compileTest(expression.expression);
    if (expression instanceof expressions.PrefixExpression) {
      const test = this.compileTest(expression.right);
      return (node, context) => !test(node, context);
    }
    if (expression instanceof expressions.InfixExpression) return this.compileInfix(expression);
    if (expression instanceof expressions.FilterQuery) {
      const select = this.compileNodes(expression);
      return (node, context) => {
        for (const _ of select(node, context)) return true;
        return false;
      };
    }
    if (expression instanceof expressions.FunctionExtension) return this.compileMatch(expression);
    throw new Error(`unknown expression ${expression}`);
  }

  private compileInfix({ left, operator, right }: Library.jsonpath.expressions.InfixExpression): Test {
    if (operator === '&&' || operator === '||') {
      const first = this.compileTest(left);
      const second = this.compileTest(right);
      return operator === '&&'
        ? (node, context) => first(node, context) && second(node, context)
        : (node, context) => first(node, context) || second(node, context);
    }
    const first = this.compileValue(left);
    const second = this.compileValue(right);
    return (node, context) => holds(first(node, context), operator, second(node, context), context.limit);
  }

  /** The functions `match` and `search`. */
  private compileMatch({ name, args }: Library.jsonpath.expressions.FunctionExtension): Test {
    const { StringLiteral } = this.library.jsonpath.expressions;
    const [subject, pattern] = args as [Expression, Expression];
    const text = this.compileValue(subject);
    const constant = pattern instanceof StringLiteral ? compileRegex(pattern.value, name === 'match') : undefined;
    const source = this.compileValue(pattern);
    return (node, context) => {
      const value = text(node, context);
      const regex = constant ?? compileRegex(source(node, context), name === 'match');
      return typeof value === 'string' && regex(value);
    };
  }

  private compileValue(expression: Expression): Value {
    const { expressions } = this.library.jsonpath;
    if (expression instanceof expressions.NullLiteral) return () => null;
    if (
      expression instanceof expressions.BooleanLiteral ||
      expression instanceof expressions.StringLiteral ||
      expression instanceof expressions.NumberLiteral
    ) {
      const { value } = expression;
      return () => value;
    }
    if (expression instanceof expressions.FilterQuery) return single(this.compileNodes(expression));
    if (expression instanceof expressions.FunctionExtension) return this.compileFunction(expression);
    throw new Error(`unknown expression ${expression}`);
  }

  /** The functions `length`, `count` and `value`. */
  private compileFunction({ name, args }: Library.jsonpath.expressions.FunctionExtension): Value {
    const [argument] = args as [Expression];
    if (name === 'length') {
      const value = this.compileValue(argument);
      return (node, context) => lengthOf(value(node, context));
    }
    const select = this.compileNodes(argument as Library.jsonpath.expressions.FilterQuery);
    if (name === 'value') return single(select);
    return (node, context) => {
      let count = 0;
      for (const _ of select(node, context)) count++;
      return count;
    };
  }

  private compileNodes(query: Library.jsonpath.expressions.FilterQuery): Select {
    const select = this.compileQuery(query.path);
    const isAbsolute = query instanceof this.library.jsonpath.expressions.RootQuery;
    return (node, context) => {
      context.limit.step();
      const value = isAbsolute ? context.root : node.value;
      return select({ value, parent: undefined, key: undefined }, context);
    };
  }
}

/** The value of a single node; Nothing for any other number of nodes. */
function single(select: Select): Value {
  return (node, context) => {
    let found: unknown = NOTHING;
    for (const { value } of select(node, context)) {
      if (found !== NOTHING) return NOTHING;
      found = value;
    }
    return found;
  };
}

/** The function `length` (RFC 9535 section 2.4.4). The length of a string is in Unicode characters. */
function lengthOf(value: unknown): unknown {
  if (typeof value === 'string') return [...value].length;
  if (Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : NOTHING;
}

/** Evaluates a comparison (RFC 9535 section 2.3.5.2.2). */
function holds(left: unknown, operator: string, right: unknown, limit: StepLimit): boolean {
  switch (operator) {
    case '==':
      return areEqual(left, right, limit);
    case '!=':
      return !areEqual(left, right, limit);
    case '<':
      return isLess(left, right);
    case '>':
      return isLess(right, left);
    case '<=':
      return isLess(left, right) || areEqual(left, right, limit);
    default:
      return isLess(right, left) || areEqual(left, right, limit);
  }
}

function isLess(left: unknown, right: unknown): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left < right;
  if (typeof left !== 'string' || typeof right !== 'string') return false;
  return compareCodePoints(left, right) < 0;
}

/** Strings are ordered by Unicode characters, JavaScript's operators by UTF-16 units. */
function compareCodePoints(left: string, right: string): number {
  const end = Math.min(left.length, right.length);
  let at = 0;
  while (at < end && left[at] === right[at]) at++;
  if (at === end) return left.length - right.length;
  const isHalf = (text: string) => text.charCodeAt(at) >= 0xdc00 && text.charCodeAt(at) <= 0xdfff;
  if (at > 0 && isHalf(left) && isHalf(right)) at--;
  return left.codePointAt(at)! - right.codePointAt(at)!;
}

function areEqual(first: unknown, second: unknown, limit: StepLimit): boolean {
  const pairs: [unknown, unknown][] = [[first, second]];
  for (let pair = pairs.pop(); pair; pair = pairs.pop()) {
    const [left, right] = pair;
    limit.step();
    if (left === right) continue;
    if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
    if (Array.isArray(left) !== Array.isArray(right)) return false;
    const keys = Object.keys(left);
    if (keys.length !== Object.keys(right).length) return false;
    for (const key of keys) {
      if (!Object.hasOwn(right, key)) return false;
      pairs.push([(left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key]]);
    }
  }
  return true;
}
