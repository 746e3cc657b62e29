import type { JsonPath } from './path.js';
import { parseQueryPath } from './rfc9535/query.js';
import { parseStepsPath } from './steps.js';

export { groupPath, normalizedPath, shortPath } from './location.js';
export {
  type JsonPath,
  type Location,
  locationOf,
  PathError,
  PathLimitError,
  type PathNode,
  type PlainStep,
} from './path.js';

/**
 * Parses a path into JSON values. One that begins with `$` is a query of RFC 9535; others are steps such as
 * `.items[*].id`, where `.` is the whole value.
 * @throws PathError
 */
export function parsePath(text: string): JsonPath {
  return text.startsWith('$') ? parseQueryPath(text) : parseStepsPath(text);
}

/**
 * The length of the path that begins at an offset of a text. Brackets with their strings belong to it; outside of them it ends
 * before white space or one of `stop`.
 */
export function pathLength(text: string, from: number, stop: string): number {
  let depth = 0;
  let at = from;
  for (; at < text.length; at++) {
    const character = text[at]!;
    if (depth > 0 && (character === '"' || character === "'")) {
      at = endOfString(text, at);
    } else if (character === '[') depth++;
    else if (character === ']') depth = Math.max(0, depth - 1);
    else if (depth === 0 && (stop.includes(character) || /\s/.test(character))) break;
  }
  return Math.min(at, text.length) - from;
}

/** The offset of the closing quotation mark, or of the end of the text. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== text[start]) at += text[at] === '\\' ? 2 : 1;
  return at;
}
