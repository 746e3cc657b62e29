import { ExpressionCursor } from './cursor.js';
import type { FilterError } from './error.js';
import { nearest } from './nearest.js';
import { BARE_REGEX, OPERATORS } from './operators/index.js';
import type { FilterSettings, Operator } from './operators/operator.js';
import type { Test, Tree } from './tree.js';

/** Maximum nesting of parentheses and `!`, so that no expression can exhaust the stack. */
const MAX_DEPTH = 200;

const LONE_SIGN = /[&|](?=[ \t\r\n)]|$)/y;
const OPERATOR_END = /(?=[ \t\r\n)&|]|$)/y;
const ARGUMENT_START = /(?=[ \t\r\n'"]|$)/y;
const COMPARISON_START = /(?=[ \t\r\n'"<>=]|$)/y;

/**
 * Parses a filter expression:
 *
 *     sequence = or+                     juxtaposition is "and" and binds least
 *     or       = and ( '|' and )*
 *     and      = not ( '&' not )*
 *     not      = '!' not | primary
 *     primary  = '(' sequence ')' | '~' NAME argument? | word | string
 *
 * @throws FilterError
 */
export function parse(expression: string, settings: FilterSettings): Tree {
  const parser = new Parser(expression, settings);
  return parser.whole();
}

class Parser {
  private readonly cursor: ExpressionCursor;
  private depth = 0;

  constructor(
    expression: string,
    private readonly settings: FilterSettings,
  ) {
    this.cursor = new ExpressionCursor(expression);
  }

  whole(): Tree {
    const { cursor } = this;
    cursor.skipSpace();
    if (cursor.done) throw cursor.error(cursor.at, 'the expression is empty', 'an operator or a regex');
    const tree = this.sequence();
    if (!cursor.done) throw cursor.error(cursor.at, 'this parenthesis was not opened', 'an operator or the end');
    return tree;
  }

  private sequence(): Tree {
    const items: Tree[] = [];
    do {
      items.push(this.or());
      this.cursor.skipSpace();
    } while (!this.cursor.done && this.cursor.next !== ')');
    return combine('and', items);
  }

  private or(): Tree {
    return this.infix('or', '|', () => this.infix('and', '&', () => this.negation()));
  }

  private infix(kind: 'and' | 'or', sign: string, term: () => Tree): Tree {
    const items = [term()];
    for (;;) {
      this.cursor.skipSpace();
      if (!this.cursor.take(sign)) return combine(kind, items);
      items.push(term());
    }
  }

  private negation(): Tree {
    const { cursor } = this;
    cursor.skipSpace();
    const start = cursor.at;
    if (!cursor.take('!')) return this.primary();
    this.enter(start);
    const item = this.negation();
    this.depth--;
    return { kind: 'not', item };
  }

  private primary(): Tree {
    const { cursor } = this;
    const start = cursor.at;
    if (cursor.next === '~') return this.operator();
    if (cursor.take('(')) {
      this.enter(start);
      const tree = this.sequence();
      this.depth--;
      if (!cursor.take(')')) throw cursor.error(start, 'this parenthesis is not closed', ') at the end');
      return tree;
    }
    if (cursor.done) throw cursor.error(start, 'the expression ends too early', 'an operator or a regex');
    if (cursor.match(LONE_SIGN)) throw cursor.error(start, 'one side is missing', 'an operator or a regex');
    return this.test(BARE_REGEX, true);
  }

  private operator(): Tree {
    const { cursor } = this;
    const start = cursor.at++;
    const name = cursor.match(/[A-Za-z0-9]*/y)!;
    const operator = OPERATORS.get(name);
    if (!operator) throw this.unknownOperator(name, start);
    if (cursor.match(operatorEnd(operator)) === undefined) {
      throw cursor.error(
        cursor.at,
        `~${name} ends here`,
        operator.argument ? 'a space and then its argument' : 'a space',
      );
    }
    return this.test(operator);
  }

  private unknownOperator(name: string, start: number): FilterError {
    const { cursor } = this;
    const problem = name ? `there is no operator ~${name}` : 'no operator follows this ~';
    if (start > 0 && !/[ \t\r\n(!&|]/.test(cursor.expression[start - 1]!)) {
      return cursor.error(start, problem, 'quotes around a regex that has ~ in it');
    }
    const similar = name && nearest(name, OPERATORS.keys());
    return cursor.error(start, problem, similar ? `~${similar} perhaps` : 'an operator (--filter-help lists them)');
  }

  /** Reads the argument and creates the leaf. */
  private test(operator: Operator, bare = false): Test {
    const { cursor } = this;
    if (operator.argument) cursor.skipSpace();
    const before = cursor.at;
    const predicate = operator.compile(cursor, this.settings);
    const argument = operator.argument ? cursor.expression.slice(before, cursor.at) : undefined;
    return { kind: 'test', operator, argument, bare, predicate };
  }

  private enter(start: number): void {
    if (++this.depth > MAX_DEPTH) {
      throw this.cursor.error(start, `more than ${MAX_DEPTH} levels of ( and !`, 'a flatter expression');
    }
  }
}

function operatorEnd({ argument, comparison }: Operator): RegExp {
  if (!argument) return OPERATOR_END;
  return comparison ? COMPARISON_START : ARGUMENT_START;
}

function combine(kind: 'and' | 'or', items: Tree[]): Tree {
  return items.length === 1 ? items[0]! : { kind, items };
}
