import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { compileFilter } from '../../filters/index.js';
import { columnOf, ParseError } from '../../flow/text/parse-error.js';
import { parseRule, parseRuleFor } from './parse-rule.js';
import type { Rule } from './rule.js';

/** A mistake in a file of rules. */
export class RuleFileError extends Error {
  override name = 'RuleFileError';

  /**
   * @param line from 1
   * @param column in characters, from 1
   * @param text of the line
   */
  constructor(
    readonly path: string,
    readonly line: number,
    readonly column: number,
    readonly text: string,
    readonly problem: string,
  ) {
    super(`${path}:${line}:${column}: ${problem}`);
  }
}

const EXPECTED = 'a list of rules, or of filters with a list of rules each';

/**
 * Reads a file of rules: a YAML list of rules, in which `FILTER: RULE` and `FILTER: [RULE, …]` give rules for matching flows.
 * @throws RuleFileError
 */
export function parseRuleFile(content: string, path: string): Rule[] {
  return new RuleFileParser(content, path).parse();
}

class RuleFileParser {
  private readonly lines = new LineCounter();
  private readonly rules: Rule[] = [];

  constructor(
    private readonly content: string,
    private readonly path: string,
  ) {}

  parse(): Rule[] {
    const document = parseDocument(this.content, { lineCounter: this.lines, prettyErrors: false });
    const [error] = document.errors;
    if (error) throw this.error(error.pos[0], error.message);
    const root = document.contents as Node | null;
    if (root === null || (isScalar(root) && root.value === null)) return this.rules;
    if (!isSeq(root)) throw this.error(startOf(root), `expected ${EXPECTED}`);
    for (const item of root.items) this.readItem(item as Node);
    return this.rules;
  }

  private readItem(item: Node): void {
    if (!isMap(item)) {
      this.addRule(item, (text, origin) => parseRule(text, origin));
      return;
    }
    for (const { key, value } of item.items) {
      const filter = this.at(key as Node, (text) => compileFilter(text));
      const rules = isSeq(value) ? value.items : [value];
      for (const rule of rules) this.addRule(rule as Node, (text, origin) => parseRuleFor(filter, text, origin));
    }
  }

  private addRule(node: Node, parse: (text: string, origin: string) => Rule): void {
    const { line } = this.lines.linePos(startOf(node));
    this.rules.push(this.at(node, (text) => parse(text, `${this.path}:${line}`)));
  }

  /** Parses the text of a scalar. @throws RuleFileError at the mistake */
  private at<Result>(node: Node | null, parse: (text: string) => Result): Result {
    const start = node ? startOf(node) : 0;
    if (!isScalar(node) || typeof node.value !== 'string') throw this.error(start, 'expected a rule as text');
    try {
      return parse(node.value);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      // Escapes of quoted scalars would shift the column.
      const isPlain = node.type === 'PLAIN' && this.content.startsWith(node.value, start);
      const quoted = isPlain ? 0 : 1;
      const shift = [...node.value].slice(0, error.column - 1).join('').length + quoted;
      throw this.error(
        start + Math.min(shift, node.value.length + quoted),
        `${error.problem}; expected ${error.expected}`,
      );
    }
  }

  private error(offset: number, problem: string): RuleFileError {
    const { line, col } = this.lines.linePos(offset);
    const text = this.content.split('\n')[line - 1]?.replace(/\r$/, '') ?? '';
    return new RuleFileError(this.path, line, columnOf(text, col - 1), text, problem);
  }
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
