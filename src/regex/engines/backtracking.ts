import type { Regex } from '../syntax.js';
import { buildProgram, type Program } from './instructions.js';
import type { JavaScriptEngine } from './javascript.js';
import { Search } from './search.js';

/**
 * Matches regexes with look-arounds or back-references, which no automaton can do. Backtracking can take exponential time, so
 * it stops after a number of steps that depends only on the length of the input; the result is then no match.
 */
export class BacktrackingEngine {
  private readonly program: Program;

  /**
   * @param quick JavaScript's engine for short inputs, if the regex allows it
   * @throws RegexError if the regex is too large
   */
  constructor(
    regex: Regex,
    private readonly quick: JavaScriptEngine | undefined,
  ) {
    this.program = buildProgram(regex);
  }

  testBytes(bytes: Buffer, from = 0, to = bytes.length): boolean {
    if (this.quick && to - from <= this.quick.maxLength) return this.quick.testBytes(bytes, from, to);
    return new Search(this.program, bytes.subarray(from, to)).find() !== undefined;
  }

  testText(text: string): boolean {
    // V8 also evaluates look-arounds in the middle of a surrogate pair.
    const isQuick = this.quick && text.length <= this.quick.maxLength && !/[\ud800-\udfff]/.test(text);
    if (isQuick) return this.quick!.testText(text);
    return new Search(this.program, codesOf(text)).find() !== undefined;
  }
}

function codesOf(text: string): ArrayLike<number> {
  const codes = new Uint32Array(text.length);
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at)!;
    codes[count++] = code;
    if (code > 0xffff) at++;
  }
  return codes.subarray(0, count);
}
