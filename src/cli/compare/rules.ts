import { readFileSync } from 'node:fs';
import { parseRule } from '../../compare/rules/parse-rule.js';
import type { Rule } from '../../compare/rules/rule.js';
import { parseRuleFile, RuleFileError } from '../../compare/rules/rule-file.js';
import { RuleSet } from '../../compare/rules/rule-set.js';
import { systemErrorText } from '../../flow/system-error.js';
import { ParseError, pointAt } from '../../flow/text/parse-error.js';
import { placeOf, type ResolvedOptions } from '../options/resolve.js';
import { UsageError } from '../process/exit-error.js';

/**
 * The rules of `ignore` and `ignore_file`.
 * @param files further files
 * @throws UsageError with the place of the mistake
 */
export function loadRules(resolved: ResolvedOptions, files: readonly string[] = []): RuleSet {
  const { ignore, ignoreFile } = resolved.values;
  const rules = ignore.map((text) => ruleOf(text, placeOf(resolved, 'ignore', text)));
  return new RuleSet([...new Set([...ignoreFile, ...files])].flatMap(rulesOfFile).concat(rules));
}

function ruleOf(text: string, place: string): Rule {
  try {
    return parseRule(text, place);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new UsageError(`${place}: invalid rule, ${error.message}\n${pointAt(text, error.column)}`, 'rule-invalid');
  }
}

function rulesOfFile(path: string): Rule[] {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read the rules ${path}: ${systemErrorText(error)}`, 'file-unreadable');
  }
  try {
    return parseRuleFile(content, path);
  } catch (error) {
    if (!(error instanceof RuleFileError)) throw error;
    throw new UsageError(`${error.message}\n${pointAt(error.text, error.column)}`, 'rule-invalid');
  }
}
