import type * as Library from 'json-p3';
import { requirePackage } from '../../flow/runtime.js';
import { type JsonPath, PathError, rootNode, StepLimit } from '../path.js';
import { Compiler } from './compiler.js';
import { plainSteps } from './plain-steps.js';

const MAX_LENGTH = 10_000;

/**
 * Parses a query of RFC 9535. The library parses and checks it, and is loaded by the first query. It is evaluated here:
 * the library limits neither the time of an evaluation nor that of its regexes.
 * @throws PathError
 */
export function parseQueryPath(text: string): JsonPath {
  if (text.length > MAX_LENGTH) throw new PathError(`a path has at most ${MAX_LENGTH} characters`, MAX_LENGTH);
  const library = requirePackage('json-p3') as typeof Library;
  const parsed = parse(text, library);
  const query = new Compiler(library).compile(parsed);
  const select = (value: unknown) => query(rootNode(value), { root: value, limit: new StepLimit() });
  return {
    text,
    plainSteps: plainSteps(parsed, library),
    select: (value) => [...select(value)],
    some(value, test) {
      for (const node of select(value)) if (test(node.value)) return true;
      return false;
    },
  };
}

function parse(text: string, library: typeof Library): Library.JSONPathQuery {
  try {
    return library.compile(text);
  } catch (error) {
    if (error instanceof library.JSONPathError) throw new PathError(problem(error.message), error.token.index);
    if (error instanceof RangeError) throw new PathError('the path is nested too deeply', 0);
    throw error;
  }
}

/** The message of the library without the place at its end, such as `(1:4)` or `('$.':2)`. */
function problem(message: string): string {
  const at = message.endsWith(')') ? message.lastIndexOf(' (') : -1;
  return at < 0 ? message : message.slice(0, at);
}
