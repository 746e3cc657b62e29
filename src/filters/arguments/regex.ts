import { type BytesTest, compileBytesRegex, compileTextRegex, RegexError, type TextTest } from '../../regex/index.js';
import type { ExpressionCursor, UnquotedText } from '../cursor.js';
import type { FilterSettings } from '../operators/operator.js';

export interface RegexModes {
  /** `.` also matches newlines. */
  dotAll?: boolean;
  /** `^` and `$` match at every line. */
  multiline?: boolean;
}

/** Reads a regex that is searched for in text. */
export function readTextRegex(cursor: ExpressionCursor, settings: FilterSettings, modes: RegexModes = {}): TextTest {
  return compileWith(compileTextRegex, cursor, readRegex(cursor), settings, modes);
}

/** Reads a regex that is searched for in bytes. */
export function readBytesRegex(cursor: ExpressionCursor, settings: FilterSettings, modes: RegexModes = {}): BytesTest {
  return compileWith(compileBytesRegex, cursor, readRegex(cursor), settings, modes);
}

/** Compiles a piece of the expression as a regex. @throws FilterError at the position of the error in the regex */
export function compileWith<Test>(
  compile: (source: string, flags: { ignoreCase: boolean; multiline: boolean; dotAll: boolean }) => Test,
  cursor: ExpressionCursor,
  piece: UnquotedText,
  settings: FilterSettings,
  modes: RegexModes = {},
): Test {
  const { multiline = false, dotAll = false } = modes;
  try {
    return compile(piece.text, { ignoreCase: !settings.caseSensitive, multiline, dotAll });
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw cursor.error(piece.offsets[error.offset] ?? cursor.at, error.message, 'a regex in Python syntax');
  }
}

function readRegex(cursor: ExpressionCursor): UnquotedText {
  const start = cursor.at;
  const piece = cursor.piece();
  if (!piece) {
    const problem = cursor.done ? 'a regex is missing' : 'a regex cannot begin like this without quotes';
    throw cursor.error(start, problem, `a regex; put it in quotes if it contains ( ) ~ or quotes`);
  }
  // mitmproxy parses `get(a|b)` as two regexes, but users mean one: report an error.
  if (!piece.quoted && cursor.next === '(') {
    throw cursor.error(
      cursor.at,
      'a parenthesis is not allowed in a regex without quotes',
      'quotes around the regex, or a space',
    );
  }
  return piece;
}
