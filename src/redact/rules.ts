import { type JsonPath, PathError, parsePath } from '../json-path/index.js';
import { type BytesFinder, compileBytesFinder, RegexError, utf8Chars } from '../regex/index.js';

/** The rules that the user has set. */
export interface CustomRules {
  readonly names: readonly string[];
  readonly paths: readonly JsonPath[];
  readonly patterns: readonly BytesFinder[];
}

/** An invalid rule. */
export class RuleError extends Error {
  override name = 'RuleError';

  constructor(
    readonly rule: string,
    readonly problem: string,
    /** In UTF-16 code units; undefined if the error has no position. */
    readonly offset: number | undefined,
  ) {
    super(`${problem} in the rule ${JSON.stringify(rule)}`);
  }
}

const FLAGS = { ignoreCase: false, multiline: true, dotAll: false };

/**
 * Parses rules. A rule that begins with `$` is a JSON path. A rule with a group is a regex, whose first group is the secret.
 * Any other rule is a name.
 * @throws RuleError
 */
export function parseRules(rules: readonly string[]): CustomRules {
  const names: string[] = [];
  const paths: JsonPath[] = [];
  const patterns: BytesFinder[] = [];
  for (const rule of rules) {
    if (rule.trim() === '')
      throw new RuleError(rule, 'expected a name, a regex with a group or a JSON path', undefined);
    if (rule.startsWith('$')) paths.push(readPath(rule));
    else if (/[()]/.test(rule)) patterns.push(readPattern(rule));
    else names.push(readName(rule));
  }
  return { names, paths, patterns };
}

function readPath(rule: string): JsonPath {
  try {
    return parsePath(rule);
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    throw new RuleError(rule, error.message, error.offset);
  }
}

function readPattern(rule: string): BytesFinder {
  try {
    const finder = compileBytesFinder(utf8Chars(rule), rule.length, FLAGS);
    if (finder.groups.count > 0) return finder;
    throw new RuleError(rule, 'a regex needs a group, which is the secret', undefined);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw new RuleError(rule, error.message, error.offset);
  }
}

function readName(rule: string): string {
  if (/^[\w.:$@/[\] -]{2,64}$/.test(rule)) return rule;
  throw new RuleError(rule, 'not a name of two characters or more, a regex with a group or a JSON path', undefined);
}
