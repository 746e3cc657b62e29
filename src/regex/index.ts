import { buildNfa } from './automaton.js';
import { BacktrackingEngine } from './backtracking.js';
import { Dfa } from './dfa.js';
import { JavaScriptEngine } from './javascript.js';
import { requiredLiteral } from './literal.js';
import { parseRegex } from './parse.js';
import { RegexError, type RegexFlags } from './syntax.js';
import { trimEdges } from './trim.js';

export { RegexError, type RegexFlags } from './syntax.js';

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
  const bytes = codePoints(source).flatMap(({ char, offset }) =>
    [...Buffer.from(char).toString('latin1')].map((byte) => ({ char: byte, offset })),
  );
  const engine = compile(bytes, source.length, flags, true);
  return {
    bytes: (subject, from, to) => engine.testBytes(subject, from, to),
    latin1: (subject) => engine.testText(subject),
  };
}

/** A character of a regex and its offset in UTF-16 units. */
interface Char {
  char: string;
  offset: number;
}

/** Searches text. An engine for a regex of bytes searches bytes, also as latin1 text. */
interface Engine {
  testText(text: string): boolean;
  testBytes(bytes: Buffer, from?: number, to?: number): boolean;
}

/**
 * Chooses an engine: JavaScript's own where it is certain to be fast, else an automaton, which takes linear time.
 * Regexes that are not regular are backtracked with a step limit. The last two run only if the input contains a
 * required literal.
 */
function compile(source: Char[], length: number, flags: RegexFlags, ofBytes: boolean): Engine {
  const chars = source.map(({ char }) => char);
  try {
    const regex = trimEdges(parseRegex(chars, flags, ofBytes));
    const nfa = buildNfa(regex);
    const javascript = JavaScriptEngine.for(regex, ofBytes);
    // V8 searches for literals itself.
    if (nfa && javascript?.maxLength === Number.POSITIVE_INFINITY) return javascript;
    const engine = nfa ? new Dfa(nfa) : new BacktrackingEngine(regex, javascript);
    const literal = requiredLiteral(regex);
    return literal === undefined ? engine : new LiteralFilter(literal, engine);
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

function codePoints(text: string): Char[] {
  let offset = 0;
  return Array.from(text, (char) => {
    const at = offset;
    offset += char.length;
    return { char, offset: at };
  });
}
