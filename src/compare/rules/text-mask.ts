import { compileBytesFinder, RegexError, SearchLimitError, Template, utf8Chars } from '../../regex/index.js';

const FLAGS = { i: 'ignoreCase', s: 'dotAll' } as const;

/** Replaces removed text, so that the texts around it stay separate. */
const PLACEHOLDER = Template.literal(Buffer.from('\0'));

/**
 * Compiles a regex to a function that removes its matches from text. `^` and `$` match at lines.
 * @param flags `i` ignores case, `s` lets `.` match newlines
 * @param fail creates the error to throw, from an offset in the regex
 */
export function compileMask(
  source: string,
  flags: string,
  fail: (offset: number, problem: string) => Error,
): (text: string) => string {
  const modes = { ignoreCase: false, dotAll: false, multiline: true };
  for (const [at, flag] of [...flags].entries()) {
    if (!Object.hasOwn(FLAGS, flag)) throw fail(source.length + 1 + at, `unknown flag ${flag}`);
    modes[FLAGS[flag as keyof typeof FLAGS]] = true;
  }
  try {
    const finder = compileBytesFinder(utf8Chars(source), source.length, modes);
    return (text) => {
      const bytes = Buffer.from(text);
      try {
        const masked = PLACEHOLDER.replace(bytes, finder);
        return masked === bytes ? text : masked.toString();
      } catch (error) {
        if (error instanceof SearchLimitError) return text;
        throw error;
      }
    };
  } catch (error) {
    if (error instanceof RegexError) throw fail(error.offset, error.message);
    throw error;
  }
}
