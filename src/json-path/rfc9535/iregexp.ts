import { compileTextRegex, RegexError } from '../../regex/index.js';

type Match = (text: string) => boolean;

const never: Match = () => false;

/**
 * Compiles a regex of RFC 9485 on our engine, which takes linear time. An invalid regex matches nothing (RFC 9535 section
 * 2.4.6).
 * @param whole whether it has to match the whole text
 */
export function compileRegex(pattern: unknown, whole: boolean): Match {
  if (typeof pattern !== 'string') return never;
  const translated = translate(pattern);
  if (translated === undefined) return never;
  try {
    const source = whole ? `\\A(?:${translated})\\Z` : translated;
    return compileTextRegex(source, { ignoreCase: false, multiline: false, dotAll: false });
  } catch (error) {
    if (error instanceof RegexError) return never;
    throw error;
  }
}

/** One token of RFC 9485 section 4: a category, an escape, a class, a quantifier, an anchor or another character. */
const TOKEN =
  /\\([pP])\{([A-Z][a-z]?)\}|\\([()*+\-.?[\\\]^nrt{|}])|\[(\^?)((?:\\[pP]\{[A-Z][a-z]?\}|\\[^pP]|[^\\[\]])+)\]|(\{\d+(?:,\d*)?\}|[*+?])|([()|^$])|(\.)|([^()*+.?[\\\]{|}])/suy;

/**
 * RFC 9485 has no anchors, but its section 5.3 passes `^` and `$` to engines that have them, and the compliance tests of RFC
 * 9535 expect anchors.
 */
const STRUCTURE: Readonly<Record<string, string>> = { '(': '(?:', '^': '\\A', $: '\\Z' };

/** An item of a class; a `-` is literal only at its ends. */
const CLASS_ITEM = /\\([pP])\{([A-Z][a-z]?)\}|(?:\\([()*+\-.?[\\\]^nrt{|}])|([^\\[\]]))/suy;

/** @returns the regex in Python's syntax; undefined if it is invalid */
function translate(pattern: string): string | undefined {
  let result = '';
  let repeatable = false;
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < pattern.length; ) {
    const match = TOKEN.exec(pattern);
    if (!match) return undefined;
    const [, negation, category, escaped, inverted, items, quantifier, structure, dot, character] = match;
    if (quantifier !== undefined && !repeatable) return undefined;
    repeatable = quantifier === undefined && (structure === undefined || structure === ')');
    if (category !== undefined) {
      const ranges = rangesOf(category);
      if (ranges === undefined) return undefined;
      result += `[${negation === 'P' ? '^' : ''}${ranges}]`;
    } else if (escaped !== undefined) result += `\\${escaped}`;
    else if (items !== undefined) {
      const content = translateClass(items);
      if (content === undefined) return undefined;
      result += `[${inverted}${content}]`;
    } else if (dot !== undefined) result += '[^\\n\\r]';
    else if (structure !== undefined) result += STRUCTURE[structure] ?? structure;
    else result += quantifier ?? character;
  }
  return result;
}

function translateClass(items: string): string | undefined {
  let result = '';
  CLASS_ITEM.lastIndex = 0;
  while (CLASS_ITEM.lastIndex < items.length) {
    const at = CLASS_ITEM.lastIndex;
    const match = CLASS_ITEM.exec(items);
    if (!match) return undefined;
    const [, negation, category, escaped, character] = match;
    if (category !== undefined) {
      const ranges = rangesOf(category, negation === 'P');
      if (ranges === undefined) return undefined;
      result += ranges;
    } else if (escaped !== undefined) result += `\\${escaped}`;
    else if (character === '-') result += at === 0 || at === items.length - 1 ? '\\-' : '-';
    else
      result +=
        character === '^' || character === '&' || character === '~' || character === '|' ? `\\${character}` : character;
  }
  return result;
}

/** The characters of a Unicode category as ranges of a class. @returns undefined for an unknown category */
function rangesOf(category: string, negated = false): string | undefined {
  let test: RegExp;
  try {
    // lint-regex: one class, tried on one character
    test = new RegExp(`^\\p{${category}}$`, 'u');
  } catch {
    return undefined;
  }
  const ranges: string[] = [];
  let start = -1;
  for (let code = 0; code <= 0x110000; code++) {
    const isIn = code < 0x110000 && test.test(String.fromCodePoint(code)) !== negated;
    if (isIn && start < 0) start = code;
    if (isIn || start < 0) continue;
    ranges.push(start === code - 1 ? unicode(start) : `${unicode(start)}-${unicode(code - 1)}`);
    start = -1;
  }
  return ranges.join('');
}

function unicode(code: number): string {
  return `\\U${code.toString(16).padStart(8, '0')}`;
}
