import type * as Library from 'json-p3';
import { requirePackage } from '../../flow/runtime.js';
import { type JsonPath, PathError, type PlainStep, rootNode, StepLimit } from '../path.js';
import { Compiler, isDescendant, type Selector } from './compiler.js';

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

/** The steps of a query; undefined if a selector depends on more than the location of a value. */
function plainSteps(query: Library.JSONPathQuery, library: typeof Library): PlainStep[] | undefined {
  const steps: PlainStep[] = [];
  for (const segment of query.segments) {
    const [selector, ...others] = segment.selectors;
    const step = selector && keyOf(selector, library);
    if (!step || others.length > 0) return undefined;
    steps.push({ ...step, isDescendant: isDescendant(segment) });
  }
  return steps;
}

function keyOf(selector: Selector, { jsonpath: { selectors } }: typeof Library): Pick<PlainStep, 'key'> | undefined {
  if (selector instanceof selectors.NameSelector) return { key: selector.name };
  if (selector instanceof selectors.WildcardSelector) return { key: undefined };
  // A negative index counts from the end.
  if (selector instanceof selectors.IndexSelector && selector.index >= 0) return { key: selector.index };
  return undefined;
}
