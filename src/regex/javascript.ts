import { quickLength } from './effort.js';
import type { Regex } from './syntax.js';

/**
 * JavaScript's own engine, many times faster than the others here for plain text. As it backtracks, it is used only where
 * that takes little time.
 */
export class JavaScriptEngine {
  private constructor(
    private readonly regexp: RegExp,
    /** The longest input, in UTF-16 units or bytes, that it may be given. */
    readonly maxLength: number,
  ) {}

  /** @returns undefined if JavaScript has no equal for something, or it could take too long */
  static for(regex: Regex, ofBytes: boolean): JavaScriptEngine | undefined {
    const maxLength = quickLength(regex);
    const source = maxLength > 0 ? write(regex, ofBytes) : undefined;
    // lint-regex: its effort was measured, and it only gets input of a length that keeps it within bounds
    return source === undefined ? undefined : new JavaScriptEngine(new RegExp(source, 'u'), maxLength);
  }

  testBytes(bytes: Buffer, from?: number, to?: number): boolean {
    return this.regexp.test(bytes.toString('latin1', from, to));
  }

  testText(text: string): boolean {
    return this.regexp.test(text);
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
      return !ofBytes && LINE_EDGES.includes(regex.assertion) ? undefined : ASSERTIONS[regex.assertion];
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

/** In the middle of a surrogate pair V8 takes a place for one where a look-around can match: those are left to others. */
const LINE_EDGES = ['lineStart', 'lineEnd'];

/** JavaScript's word boundaries depend on its flags; they are left to the other engines. */
const ASSERTIONS: Readonly<Record<string, string>> = {
  start: '^',
  end: '$',
  dollar: '(?=\\n?$)',
  lineStart: '(?<![^\\n])',
  lineEnd: '(?![^\\n])',
};
