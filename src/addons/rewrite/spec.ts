import { compileFilter, FilterError } from '../../filters/index.js';
import type { FlowFilter } from '../../flow/filter.js';
import { columnOf, pointAt } from '../../flow/text/parse-error.js';
import { RegexError, type SourceChar, utf8Chars } from '../../regex/index.js';

/** A spec that cannot be used. `message` is ready for a terminal: a sentence, the spec, and a caret below the error. */
export class SpecError extends Error {
  override name = 'SpecError';

  /** @param offset of the mistake in the spec, in UTF-16 units */
  constructor(
    readonly spec: string,
    readonly offset: number,
    readonly problem: string,
  ) {
    super(`${problem}\n${pointAt(spec, columnOf(spec, offset))}`);
  }
}

/** A part of a spec. `offset` is its offset in the spec, in UTF-16 units. */
export interface SpecPart {
  readonly text: string;
  readonly offset: number;
}

/** A parsed spec: `[/FILTER]/SUBJECT/REPLACEMENT`. */
export interface Spec {
  readonly text: string;
  /** Undefined matches every flow. */
  readonly filter: FlowFilter | undefined;
  readonly subject: SpecPart;
  readonly replacement: SpecPart;
}

/**
 * Splits a spec as mitmproxy does. The first character is the separator; of three parts, the last may contain it.
 * @param form the expected form, for messages
 * @throws SpecError
 */
export function parseSpec(text: string, form: string): Spec {
  const separator = [...text][0] ?? '';
  const first = text.indexOf(separator, separator.length);
  if (separator === '' || first < 0) throw new SpecError(text, text.length, `expected ${form}`);
  const start = separator.length;
  const front = { text: text.slice(start, first), offset: start };
  const middle = first + separator.length;
  const second = text.indexOf(separator, middle);
  if (second < 0) {
    return { text, filter: undefined, subject: front, replacement: { text: text.slice(middle), offset: middle } };
  }
  return {
    text,
    filter: filterOf(text, front),
    subject: { text: text.slice(middle, second), offset: middle },
    replacement: { text: text.slice(second + separator.length), offset: second + separator.length },
  };
}

function filterOf(spec: string, { text, offset }: SpecPart): FlowFilter {
  try {
    return compileFilter(text);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const before = [...text].slice(0, error.column - 1).join('');
    throw new SpecError(spec, offset + before.length, `in the filter: ${error.problem}; expected ${error.expected}`);
  }
}

/** The bytes of a part with their offsets in the spec, and the offset after the part. */
export function sourceOf({ text, offset }: SpecPart): [source: SourceChar[], end: number] {
  const source = utf8Chars(text).map((each) => ({ char: each.char, offset: offset + each.offset }));
  return [source, offset + text.length];
}

/** Converts a `RegexError` of the callback, whose offset refers to the spec. @throws SpecError */
export function located<Result>(spec: string, where: string, compile: () => Result): Result {
  try {
    return compile();
  } catch (error) {
    if (error instanceof RegexError) throw new SpecError(spec, error.offset, `${where}: ${error.message}`);
    throw error;
  }
}
