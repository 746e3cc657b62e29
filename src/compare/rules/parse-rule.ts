import { compileFilter, FilterError } from '../../filters/index.js';
import type { FlowFilter } from '../../flow/filter.js';
import { columnOf, ParseError } from '../../flow/text/parse-error.js';
import { type JsonPath, PathError, parsePath } from '../../json-path/index.js';
import type { MessagePlace, Rule, RuleEffect } from './rule.js';
import { SHAPES, type ShapeName } from './shapes.js';
import { compileMask } from './text-mask.js';

const NAMED = /^(header|cookie|param):\s*/;
const SHAPE = /^type:\s*([A-Za-z]*)\s*/;
const ORDER = /^order:\s*/;
const REGEX = /^\/(.*)\/([a-z]*)(?:[ \t]+(\S.*))?$/s;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

const EXPECTED = 'header:NAME, cookie:NAME, param:NAME, a path such as $.id, /REGEX/, type:SHAPE, order:PATH or body';
const EXPECTED_SHAPE = `one of ${Object.keys(SHAPES).join(', ')}`;

/**
 * Parses a rule: `[FILTER : ]RULE`. A filter in front begins with `~`, `!` or `(`.
 * @param origin the option, or file and line, for messages
 * @throws ParseError
 */
export function parseRule(text: string, origin: string): Rule {
  const colon = /^\s*[~!(]/.test(text) ? findColon(text) : -1;
  if (colon < 0) return { text: text.trim(), origin, filter: undefined, effect: parseEffect(text, text, 0) };
  const filter = parseFilter(text.slice(0, colon), text);
  return { text: text.trim(), origin, filter, effect: parseEffect(text.slice(colon + 1), text, colon + 1) };
}

/** Parses a rule whose filter is given separately. @throws ParseError */
export function parseRuleFor(filter: FlowFilter, text: string, origin: string): Rule {
  return { text: `${filter.text} : ${text.trim()}`, origin, filter, effect: parseEffect(text, text, 0) };
}

/** The colon between filter and rule: surrounded by spaces, and not in quotes. */
function findColon(text: string): number {
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"' || character === "'") {
      const start = at++;
      while (at < text.length && text[at] !== text[start]) at += text[at] === '\\' ? 2 : 1;
    } else if (character === ':' && /\s/.test(text[at - 1] ?? '') && /\s/.test(text[at + 1] ?? '')) return at;
  }
  return -1;
}

function parseFilter(filter: string, whole: string): FlowFilter {
  try {
    return compileFilter(filter.trim());
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const indent = filter.length - filter.trimStart().length;
    throw new ParseError(whole, error.column + indent, error.problem, error.expected);
  }
}

/** @param whole the text of the whole rule, in which `part` begins at `offset` */
function parseEffect(part: string, whole: string, offset: number): RuleEffect {
  const rule = part.trim();
  const start = offset + part.length - part.trimStart().length;
  const fail = (at: number, problem: string, expected: string) => failAt(whole, start + at, problem, expected);
  const shape = SHAPE.exec(rule);
  if (shape) {
    const [head, name] = shape as unknown as [string, string];
    if (!Object.hasOwn(SHAPES, name)) {
      throw fail('type:'.length, name === '' ? 'the shape is missing' : `unknown shape ${name}`, EXPECTED_SHAPE);
    }
    const place =
      rule.length > head.length ? parsePlace(rule.slice(head.length), whole, start + head.length) : undefined;
    if (name === 'any' && !place) throw fail(rule.length, 'the place is missing', 'a place such as $.id');
    return { type: 'shape', shape: SHAPES[name as ShapeName], place };
  }
  const order = ORDER.exec(rule)?.[0];
  if (order !== undefined)
    return { type: 'order', path: pathAt(rule.slice(order.length), whole, start + order.length) };
  if (rule.startsWith('/')) {
    const match = REGEX.exec(rule);
    if (!match) throw fail(rule.length, 'the regex does not end', 'a slash after the regex');
    const [, source, flags, place] = match as unknown as [string, string, string, string | undefined];
    return {
      type: 'text',
      place: place === undefined ? undefined : parsePlace(place, whole, start + rule.length - place.length),
      mask: compileMask(source, flags, (at, problem) => fail(at + 1, problem, 'a regex in Python syntax')),
    };
  }
  return { type: 'ignore', place: parsePlace(rule, whole, start) };
}

function parsePlace(text: string, whole: string, start: number): MessagePlace {
  if (text === 'body') return { kind: 'body' };
  const named = NAMED.exec(text);
  if (named) {
    const [head, kind] = named as unknown as [string, 'header' | 'cookie' | 'param'];
    const name = text.slice(head.length);
    if (name === '') throw failAt(whole, start + head.length, 'the name is missing', `the name of a ${kind}`);
    if (kind !== 'param' && !TOKEN.test(name)) {
      throw failAt(whole, start + head.length, `this is not a name of a ${kind}`, `the name of a ${kind}`);
    }
    return { kind, name: kind === 'header' ? name.toLowerCase() : name };
  }
  if (text.startsWith('$') || text.startsWith('.')) return { kind: 'json', path: pathAt(text, whole, start) };
  throw failAt(whole, start, text === '' ? 'the rule is empty' : 'this is not a rule', EXPECTED);
}

function pathAt(text: string, whole: string, start: number): JsonPath {
  if (!/^[$.]/.test(text)) throw failAt(whole, start, 'a path begins with $ or a dot', 'a path such as $.items');
  try {
    return parsePath(text);
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    throw failAt(whole, start + error.offset, error.message, 'a path such as .items[*].id, or JSONPath (RFC 9535)');
  }
}

/** @param offset in UTF-16 units, from 0 */
function failAt(whole: string, offset: number, problem: string, expected: string): ParseError {
  return new ParseError(whole, columnOf(whole, offset), problem, expected);
}
