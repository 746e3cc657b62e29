import type { Regex } from '../syntax.js';
import { canBeEmpty } from '../width.js';

/**
 * JavaScript's own engine, many times faster than the others here for plain text. It backtracks, so it is used only
 * where that is certain to be fast.
 */
export class JavaScriptEngine {
  private all: RegExp | undefined;

  private constructor(
    private readonly regexp: RegExp,
    /** Maximum length of an input, in UTF-16 units or bytes. */
    readonly maxLength: number,
  ) {}

  /** @returns undefined if JavaScript has no equivalent syntax, or the search could be slow */
  static for(regex: Regex, ofBytes: boolean): JavaScriptEngine | undefined {
    const maxLength = quickLength(regex);
    const source = maxLength > 0 ? write(regex, ofBytes) : undefined;
    // lint-regex: its effort was measured, and the length of its input keeps it within bounds
    return source === undefined ? undefined : new JavaScriptEngine(new RegExp(source, 'u'), maxLength);
  }

  testBytes(bytes: Buffer, from?: number, to?: number): boolean {
    return this.regexp.test(bytes.toString('latin1', from, to));
  }

  testText(text: string): boolean {
    return this.regexp.test(text);
  }

  /** The start and end of each match, in order. Not for a regex that can match the empty text. */
  *places(text: string): Generator<[start: number, end: number]> {
    // lint-regex: it is the one of the constructor, and gets input of the same length
    this.all ??= new RegExp(this.regexp.source, 'gu');
    for (const { index, 0: match } of text.matchAll(this.all)) yield [index, index + match.length];
  }
}

function write(regex: Regex, ofBytes: boolean): string | undefined {
  switch (regex.type) {
    case 'set':
      return regex.set.toJavaScript();
    case 'group':
      return write(regex.item, ofBytes);
    case 'sequence':
      return joined(regex.items, ofBytes, '');
    case 'alternatives':
      return wrapped('(?:', joined(regex.items, ofBytes, '|'));
    case 'repeat': {
      if (regex.how === 'possessive') return undefined;
      const max = regex.max === Number.POSITIVE_INFINITY ? '' : regex.max;
      const source = wrapped('(?:', write(regex.item, ofBytes));
      return source && `${source}{${regex.min},${max}}${regex.how === 'lazy' ? '?' : ''}`;
    }
    case 'look':
      return wrapped(`(?${regex.ahead ? '' : '<'}${regex.negative ? '!' : '='}`, write(regex.item, ofBytes));
    case 'assertion':
      return !ofBytes && LINE_ANCHORS.includes(regex.assertion) ? undefined : ASSERTIONS[regex.assertion];
    default:
      return undefined;
  }
}

function joined(items: Regex[], ofBytes: boolean, separator: string): string | undefined {
  const sources = items.map((item) => write(item, ofBytes));
  return sources.includes(undefined) ? undefined : sources.join(separator);
}

function wrapped(opening: string, source: string | undefined): string | undefined {
  return source === undefined ? undefined : `${opening}${source})`;
}

/**
 * Their equivalents in JavaScript are look-arounds, which V8 also matches in the middle of a surrogate pair. In text they
 * are left to the other engines.
 */
const LINE_ANCHORS = ['lineStart', 'lineEnd'];

/** JavaScript's word boundaries depend on its flags, so they are left to the other engines. */
const ASSERTIONS: Readonly<Record<string, string>> = {
  start: '^',
  end: '$',
  dollar: '(?=\\n?$)',
  lineStart: '(?<![^\\n])',
  lineEnd: '(?![^\\n])',
};

/** Upper bound of the work of a backtracking engine. `n` is the length of the input. */
interface Effort {
  /** There are at most `ways · n^loops` ways to match from one position. */
  ways: number;
  loops: number;
  /** One way takes at most `work · n^inner` steps in its look-arounds, besides its own length. */
  work: number;
  inner: number;
  /** Maximum number of characters that one way consumes outside of loops. */
  length: number;
}

/** Order of magnitude of the steps that one search may take: some tens of milliseconds. */
const MAX_STEPS = 10_000_000;
/**
 * For a regex without loops: the maximum number of steps at one position, up to which it is faster than other engines, and the
 * maximum length of the text.
 */
const MAX_STEPS_AT_ONE_PLACE = 100;
const MAX_LENGTH = 2000;

/**
 * The maximum length of an input that a backtracking engine is certain to search fast: infinite if the time is linear, negative
 * if it can be exponential.
 */
export function quickLength(regex: Regex): number {
  const { ways, loops, work, inner, length } = measure(regex);
  const factor = ways * work;
  if (loops + inner === 0)
    return factor <= MAX_STEPS_AT_ONE_PLACE && length <= MAX_LENGTH ? Number.POSITIVE_INFINITY : -1;
  const degree = loops + inner + (isAnchored(regex) ? 0 : 1);
  return Math.floor((MAX_STEPS / factor) ** (1 / degree)) - 1;
}

function isAnchored(regex: Regex): boolean {
  const first = regex.type === 'sequence' ? regex.items[0] : regex;
  return first?.type === 'assertion' && first.assertion === 'start';
}

function measure(regex: Regex): Effort {
  switch (regex.type) {
    case 'set':
      return { ways: 1, loops: 0, work: 1, inner: 0, length: 1 };
    case 'assertion':
      return { ways: 1, loops: 0, work: 1, inner: 0, length: 0 };
    case 'group':
      return measure(regex.item);
    case 'look': {
      const { ways, loops, work, inner } = measure(regex.item);
      return { ways: 1, loops: 0, work: 1 + ways * work, inner: loops + inner, length: 0 };
    }
    case 'sequence':
      return regex.items.map(measure).reduce(inSequence, { ways: 1, loops: 0, work: 1, inner: 0, length: 0 });
    case 'alternatives':
      return regex.items.map(measure).reduce((a, b) => ({
        ways: a.ways + b.ways,
        loops: Math.max(a.loops, b.loops),
        work: a.work + b.work - 1,
        inner: Math.max(a.inner, b.inner),
        length: Math.max(a.length, b.length),
      }));
    case 'repeat':
      return repeated(regex, measure(regex.item));
    default:
      return HOPELESS;
  }
}

const HOPELESS: Effort = { ways: Number.POSITIVE_INFINITY, loops: 0, work: 1, inner: 0, length: 0 };

function inSequence(a: Effort, b: Effort): Effort {
  return {
    ways: a.ways * b.ways,
    loops: a.loops + b.loops,
    work: a.work + b.work - 1,
    inner: Math.max(a.inner, b.inner),
    length: a.length + b.length,
  };
}

function repeated({ item, min, max }: Regex & { type: 'repeat' }, effort: Effort): Effort {
  const { ways, loops, work, inner, length } = effort;
  const unambiguous = ways === 1 && loops === 0 && !canBeEmpty(item);
  if (max === Number.POSITIVE_INFINITY) {
    // Each iteration can consume its characters in only one way, so the ways are the positions where the loop can end.
    return unambiguous ? { ways: 1, loops: 1, work, inner, length: length * min } : HOPELESS;
  }
  const total = unambiguous ? max - min + 1 : (ways + 1) ** max;
  return { ways: total, loops: loops * max, work: 1 + (work - 1) * max, inner, length: length * max };
}
