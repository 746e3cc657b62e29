import { isToken } from '../../../flow/http/token.js';
import { columnOf, ParseError } from '../../../flow/text/parse-error.js';
import { type JsonPath, PathError, parsePath } from '../../../json-path/index.js';
import { type BytesFinder, compileBytesFinder, RegexError, utf8Chars } from '../../../regex/index.js';

/** The part of a response that issues a value. */
type ExtractSource =
  | { readonly kind: 'header' | 'cookie'; readonly name: string }
  | { readonly kind: 'json'; readonly path: JsonPath }
  /** The first group of each match in the decoded content, or the whole match if the regex has no group. */
  | { readonly kind: 'text'; readonly finder: BytesFinder };

/** The part of a request in which the value is used. */
export type ExtractPlace =
  | { readonly kind: 'header' | 'cookie' | 'param' | 'path'; readonly name: string }
  | { readonly kind: 'json'; readonly path: JsonPath };

/** A rule for a value that is not found automatically. */
export interface ExtractRule {
  /** The text of the rule. */
  readonly text: string;
  /** The name of the value in reports. */
  readonly name: string;
  readonly source: ExtractSource;
  /** Undefined for any place. */
  readonly place: ExtractPlace | undefined;
}

const SOURCES = 'header:NAME, cookie:NAME, a path such as $.id, or /REGEX/';
const PLACES = 'header:NAME, cookie:NAME, param:NAME, path:NAME, or a path such as $.id';
const NAMED = /^(header|cookie|param|path):\s*(.*)$/s;

/**
 * Parses a rule: `[NAME=]SOURCE[ -> PLACE]`.
 * @throws ParseError
 */
export function parseExtractRule(text: string): ExtractRule {
  const label = /^\s*([A-Za-z_][\w-]*)=(?!=)/.exec(text);
  const start = label?.[0].length ?? 0;
  const arrow = text.lastIndexOf(' -> ');
  const hasPlace = arrow >= start && !isInRegex(text, start, arrow);
  const source = parseSource(new Part(text, start, hasPlace ? arrow : text.length));
  const place = hasPlace ? parsePlace(new Part(text, arrow + 4, text.length)) : undefined;
  return { text: text.trim(), name: label?.[1] ?? text.trim(), source, place };
}

/** A trimmed part of a rule, with its position. */
class Part {
  readonly text: string;
  private readonly start: number;

  constructor(
    private readonly rule: string,
    from: number,
    to: number,
  ) {
    const raw = rule.slice(from, to);
    this.text = raw.trim();
    this.start = from + raw.length - raw.trimStart().length;
  }

  /** @param offset in this part, in UTF-16 units */
  error(offset: number, problem: string, expected: string): ParseError {
    return new ParseError(this.rule, columnOf(this.rule, this.start + offset), problem, expected);
  }
}

/** Whether an arrow is inside a regex, which then has its closing slash after the arrow. */
function isInRegex(text: string, start: number, arrow: number): boolean {
  return (
    text.slice(start).trimStart().startsWith('/') &&
    text.indexOf('/', arrow) >= 0 &&
    !/\/\s*$/.test(text.slice(0, arrow))
  );
}

function parseSource(part: Part): ExtractSource {
  const { text } = part;
  if (text.startsWith('/')) {
    if (text.length < 3 || !text.endsWith('/')) throw part.error(text.length, 'the regex does not end', 'a slash');
    return { kind: 'text', finder: compileRegex(part, text.slice(1, -1)) };
  }
  const named = parseNamed(part, SOURCES);
  if (named?.kind === 'header' || named?.kind === 'cookie') return { kind: named.kind, name: named.name };
  if (named) throw part.error(0, `a response has no ${named.kind}`, SOURCES);
  return { kind: 'json', path: parseJsonPath(part, SOURCES) };
}

function parsePlace(part: Part): ExtractPlace {
  return parseNamed(part, PLACES) ?? { kind: 'json', path: parseJsonPath(part, PLACES) };
}

type Named = Exclude<ExtractPlace, { kind: 'json' }>;

/** @returns undefined if the part has another syntax */
function parseNamed(part: Part, expected: string): Named | undefined {
  const match = NAMED.exec(part.text);
  if (!match) return undefined;
  const kind = match[1] as Named['kind'];
  const name = match[2]!;
  if (name === '') throw part.error(part.text.length, 'the name is missing', expected);
  if (kind === 'header' || kind === 'cookie') {
    const at = part.text.length - name.length;
    if (!isToken(name)) throw part.error(at, `this is not the name of a ${kind}`, expected);
  }
  return { kind, name: kind === 'header' ? name.toLowerCase() : name };
}

function parseJsonPath(part: Part, expected: string): JsonPath {
  const { text } = part;
  if (!/^[$.]/.test(text)) throw part.error(0, text === '' ? 'the place is missing' : 'this is not a place', expected);
  try {
    return parsePath(text);
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    throw part.error(error.offset, error.message, expected);
  }
}

function compileRegex(part: Part, source: string): BytesFinder {
  try {
    return compileBytesFinder(utf8Chars(source), source.length, { ignoreCase: false, dotAll: false, multiline: true });
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw part.error(1 + error.offset, error.message, 'a regex in the syntax of Python');
  }
}
