import type { JsonPath } from './path.js';
import { parseQueryPath } from './rfc9535/query.js';
import { parseStepsPath } from './steps.js';

export { pathLength } from './extent.js';
export { normalizedPath, shortPath } from './location.js';
export { type JsonPath, type Location, locationOf, PathError, PathLimitError, type PathNode } from './path.js';

/**
 * Parses a path into JSON values. One that begins with `$` is a query of RFC 9535; others are steps such as
 * `.items[*].id`, where `.` is the whole value.
 * @throws PathError
 */
export function parsePath(text: string): JsonPath {
  return text.startsWith('$') ? parseQueryPath(text) : parseStepsPath(text);
}
