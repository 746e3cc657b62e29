import { buildNfa } from './engines/automaton.js';
import { BacktrackingEngine } from './engines/backtracking.js';
import { Dfa } from './engines/dfa.js';
import { JavaScriptEngine } from './engines/javascript.js';
import { BytesFinder } from './finder.js';
import { requiredLiteral } from './literal.js';
import { parseRegex, parseWithGroups } from './parse.js';
import { RegexError, type RegexFlags, type SourceChar } from './syntax.js';
import { trimEdges } from './trim.js';

export { type BytesFinder, type Match, SearchLimitError } from './finder.js';
export { RegexError, type RegexFlags, type SourceChar } from './syntax.js';
export { Template } from './template.js';

/** Tests whether a regex matches anywhere in a text. */
export type TextTest = (text: string) => boolean;

/** Tests whether a regex matches anywhere in bytes. */
export interface BytesTest {
  /** Searches a buffer or a range of it. */
  bytes(subject: Buffer, from?: number, to?: number): boolean;
  /** Searches bytes given as latin1 text. */
  latin1(subject: string): boolean;
}

/**
 * Compiles a regex in the syntax of Python's `re` for text. Characters are code points; classes and case follow
 * Unicode.
 * @throws RegexError
 */
export function compileTextRegex(source: string, flags: RegexFlags): TextTest {
  const engine = compile(codePoints(source), source.length, flags, false);
  return (text) => engine.testText(text);
}

/**
 * Compiles a regex for bytes. Non-ASCII characters in it stand for their UTF-8 bytes; classes and case are limited to
 * ASCII.
 * @throws RegexError
 */
export function compileBytesRegex(source: string, flags: RegexFlags): BytesTest {
  const engine = compile(utf8Chars(source), source.length, flags, true);
  return {
    bytes: (subject, from, to) => engine.testBytes(subject, from, to),
    latin1: (subject) => engine.testText(subject),
  };
}

/**
 * Compiles a regex for finding all matches in bytes.
 * @param source its bytes as latin1, with their offsets in the original text
 * @param length of the original text
 * @throws RegexError
 */
export function compileBytesFinder(source: readonly SourceChar[], length: number, flags: RegexFlags): BytesFinder {
  const test = compile(source, length, flags, true);
  return atPlaces(source, length, () => {
    const chars = source.map(({ char }) => char);
    const { regex, groups } = parseWithGroups(chars, flags, true);
    return new BytesFinder(regex, groups, (bytes) => test.testBytes(bytes));
  });
}

/** The characters of a regex for bytes: characters outside ASCII become their UTF-8 bytes. */
export function utf8Chars(text: string): SourceChar[] {
  return codePoints(text).flatMap(({ char, offset }) =>
    [...Buffer.from(char).toString('latin1')].map((byte) => ({ char: byte, offset })),
  );
}

/** Searches text, or bytes for a regex for bytes, also given as latin1 text. */
interface Engine {
  testText(text: string): boolean;
  testBytes(bytes: Buffer, from?: number, to?: number): boolean;
}

/**
 * Chooses an engine: JavaScript's own where it is certain to be fast, else an automaton, which takes linear time.
 * Regexes that are not regular are backtracked with a step limit. The last two run only if the input contains a
 * required literal.
 */
function compile(source: readonly SourceChar[], length: number, flags: RegexFlags, ofBytes: boolean): Engine {
  const chars = source.map(({ char }) => char);
  return atPlaces(source, length, () => {
    const regex = trimEdges(parseRegex(chars, flags, ofBytes));
    const nfa = buildNfa(regex);
    const javascript = JavaScriptEngine.for(regex, ofBytes);
    // V8 searches for literals itself.
    if (nfa && javascript?.maxLength === Number.POSITIVE_INFINITY) return javascript;
    const engine = nfa ? new Dfa(nfa) : new BacktrackingEngine(regex, javascript);
    const literal = requiredLiteral(regex);
    return literal === undefined ? engine : new LiteralFilter(literal, engine);
  });
}

/** @throws RegexError with an offset in the original text */
function atPlaces<Result>(source: readonly SourceChar[], length: number, make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    if (error instanceof RegexError) throw new RegexError(error.message, source[error.offset]?.offset ?? length);
    throw error;
  }
}

/**
 * Rejects most inputs by searching for a literal that every match contains, which is many times faster than an engine.
 */
class LiteralFilter implements Engine {
  private readonly bytes: Buffer;

  constructor(
    private readonly literal: string,
    private readonly engine: Engine,
  ) {
    this.bytes = Buffer.from(literal, 'latin1');
  }

  testText(text: string): boolean {
    return text.includes(this.literal) && this.engine.testText(text);
  }

  testBytes(bytes: Buffer, from = 0, to = bytes.length): boolean {
    return bytes.subarray(from, to).includes(this.bytes) && this.engine.testBytes(bytes, from, to);
  }
}

function codePoints(text: string): SourceChar[] {
  let offset = 0;
  return Array.from(text, (char) => {
    const at = offset;
    offset += char.length;
    return { char, offset: at };
  });
}
