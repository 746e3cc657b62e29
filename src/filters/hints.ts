import { OPERATORS } from './operators/index.js';
import { parse } from './parse.js';
import { createJsonReader } from './subjects/json.js';
import { type Test, testsOf } from './tree.js';

/** Operators of other filter languages, and their equivalents. */
const JUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['and', 'between conditions write & or nothing'],
  ['or', 'between alternatives write |'],
  ['not', 'to negate write !'],
]);

/** Field names of other programs, and the matching operators. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ['status', 'c'],
  ['code', 'c'],
  ['method', 'm'],
  ['host', 'd'],
  ['domain', 'd'],
  ['url', 'u'],
  ['path', 'u'],
  ['header', 'h'],
  ['body', 'b'],
  ['type', 't'],
  ['size', 'size'],
  ['duration', 'dur'],
  ['src', 'src'],
  ['dst', 'dst'],
]);

const STATUS = /^(?:[1-5]\d\d|[1-5]xx)$/i;
const METHOD = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE)$/;

/**
 * Finds words that parse as regexes for URLs, but probably have another meaning.
 * @param text a valid expression
 * @returns one sentence for each
 */
export function filterHints(text: string): string[] {
  const tree = parse(text, { caseSensitive: false, now: 0, json: createJsonReader() });
  const hints = new Set<string>();
  for (const test of testsOf(tree)) {
    const meant = isBareWord(test) ? meaningOf(test.argument) : undefined;
    if (meant) hints.add(`The filter looks for "${test.argument}" in URLs; ${meant}`);
  }
  return [...hints];
}

function isBareWord(test: Test): test is Test & { argument: string } {
  return test.bare && test.argument !== undefined;
}

function meaningOf(word: string): string | undefined {
  const junction = JUNCTIONS.get(word.toLowerCase());
  if (junction) return `${junction}.`;
  if (STATUS.test(word)) return `a status is written ~c ${word}.`;
  if (METHOD.test(word)) return `a method is written ~m ${word}.`;
  if (word === '=' || word === '==') return '--filter-help lists the operators.';
  if (word.length <= 2 && OPERATORS.has(word)) return `an operator begins with ~: ~${word}.`;
  return fieldMeaning(word);
}

/** Recognises `status:500`, `status>=500`, `method=GET`. `code=…` and the like are left alone, as URLs contain them. */
function fieldMeaning(word: string): string | undefined {
  const [, name = '', sign = '', value = ''] = /^([a-z]+)(:|={1,2}|[<>]=?)(.+)$/is.exec(word) ?? [];
  const operator = FIELDS.get(name.toLowerCase());
  if (!operator) return undefined;
  const isEquality = sign.startsWith('=');
  if (isEquality && !(operator === 'c' && STATUS.test(value)) && !(operator === 'm' && METHOD.test(value))) {
    return undefined;
  }
  // `url://` is a URL, not a field.
  if (value.startsWith('//')) return undefined;
  return `did you mean ~${operator} ${/[<>]/.test(sign) ? sign : ''}${value}?`;
}
