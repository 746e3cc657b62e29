import { buildNfa } from './automaton.js';
import { BacktrackingEngine } from './backtracking.js';
import { Dfa } from './dfa.js';
import { JavaScriptEngine } from './javascript.js';
import { requiredLiteral } from './literal.js';
import { parseRegex } from './parse.js';
import { RegexError, type RegexFlags } from './syntax.js';
import { trimEdges } from './trim.js';

export { RegexError, type RegexFlags } from './syntax.js';

/** Answers whether a regex matches anywhere in a text. */
export type TextTest = (text: string) => boolean;

/** Answers whether a regex matches anywhere in bytes. */
export interface BytesTest {
  /** Searches all of a buffer, or a part of it. */
  bytes(subject: Buffer, from?: number, to?: number): boolean;
  /** Searches bytes that are there as latin1 text. */
  latin1(subject: string): boolean;
}

/**
 * Compiles a regex in the syntax of Python's `re` for text: characters are code points, classes and case are Unicode's.
 * @throws RegexError
 */
export function compileTextRegex(source: string, flags: RegexFlags): TextTest {
  const engine = compile(codePoints(source), source.length, flags, false);
  return (text) => engine.testText(text);
}

/**
 * Compiles a regex for bytes: what is not ASCII in it stands for its UTF-8 bytes, classes and case are ASCII's.
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

/** A character of a regex, and where it stands, in UTF-16 units. */
interface Char {
  char: string;
  offset: number;
}

/** Searches text or, for a regex of bytes, bytes, which can also be given as latin1 text. */
interface Engine {
  testText(text: string): boolean;
  testBytes(bytes: Buffer, from?: number, to?: number): boolean;
}

/**
 * JavaScript's own engine where it is bound to be quick, else an automaton, which takes linear time; for what is not
 * regular, trial and error with a limit. The last two search only where a literal of the regex was found.
 */
function compile(source: Char[], length: number, flags: RegexFlags, ofBytes: boolean): Engine {
  const chars = source.map(({ char }) => char);
  try {
    const regex = trimEdges(parseRegex(chars, flags, ofBytes));
    const nfa = buildNfa(regex);
    const javascript = JavaScriptEngine.for(regex, ofBytes);
    // It looks for literals itself.
    if (nfa && javascript?.maxLength === Number.POSITIVE_INFINITY) return javascript;
    const engine = nfa ? new Dfa(nfa) : new BacktrackingEngine(regex, javascript);
    const literal = requiredLiteral(regex);
    return literal === undefined ? engine : new LiteralFilter(literal, engine);
  } catch (error) {
    if (error instanceof RegexError) throw new RegexError(error.message, source[error.offset]?.offset ?? length);
    throw error;
  }
}

/** Rules most inputs out by a search for a text that every match holds, which is many times faster than an engine. */
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
