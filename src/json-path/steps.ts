import { type JsonPath, PathError, type PathNode, type PlainStep, rootNode, StepLimit } from './path.js';

/** One step into a JSON value: a member, an element (counted from the end if negative), or all of them. */
type Step = string | number | typeof ALL;

const ALL = Symbol('all');

const MAX_STEPS = 100;

const INTEGER = /^-?\d+$/;

const STEP = /(?:\.?([^.[\]"'\s]+)|\.?\[\s*(?:(-?\d+)|(\*)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*\])/sy;

/**
 * Parses a path such as `.user.name`, `items[0].id`, `.items[*]["a b"]`. A leading `.` denotes the root value.
 * @throws PathError
 */
export function parseStepsPath(text: string): JsonPath {
  const steps = parseSteps(text);
  return {
    text,
    plainSteps: plainSteps(steps),
    select: (value) => selectAt(value, steps),
    some: (value, test) => someAt(value, steps, test, 0),
  };
}

function parseSteps(text: string): Step[] {
  const steps: Step[] = [];
  if (text === '.') return steps;
  if (text === '') throw new PathError('the path is empty', 0);
  let at = 0;
  while (at < text.length) {
    STEP.lastIndex = at;
    const match = STEP.exec(text);
    if (!match) throw new PathError(problemAt(text, at), at);
    if (steps.length === MAX_STEPS) throw new PathError(`a path has at most ${MAX_STEPS} steps`, at);
    const [whole, member, index, star, double, single] = match;
    if (member === '*' || star !== undefined) steps.push(ALL);
    else if (index !== undefined) steps.push(Number(index));
    else steps.push(member ?? (double ?? single)!.replace(/\\(.)/gs, '$1'));
    at += whole.length;
  }
  return steps;
}

/** A number may be the index of an element or the name of a member. */
function plainSteps(steps: readonly Step[]): PlainStep[] | undefined {
  const plain: PlainStep[] = [];
  for (const step of steps) {
    if (step !== ALL && INTEGER.test(String(step))) return undefined;
    plain.push({ key: step === ALL ? undefined : step, isDescendant: false });
  }
  return plain;
}

function problemAt(text: string, at: number): string {
  if (text[at] === '.') return 'a name is missing after this dot';
  if (text[at] === '[') return 'expected an index, * or a name in quotes in the brackets';
  return 'this character is not allowed here';
}

function someAt(value: unknown, steps: readonly Step[], test: (value: unknown) => boolean, from: number): boolean {
  if (value === undefined) return false;
  if (from === steps.length) return test(value);
  const step = steps[from]!;
  if (typeof value !== 'object' || value === null) return false;
  if (step === ALL) return Object.values(value).some((item) => someAt(item, steps, test, from + 1));
  const key = keyIn(value, step);
  return key !== undefined && someAt((value as Record<string | number, unknown>)[key], steps, test, from + 1);
}

function selectAt(root: unknown, steps: readonly Step[]): PathNode[] {
  const limit = new StepLimit();
  let nodes: PathNode[] = [rootNode(root)];
  for (const step of steps) {
    const next: PathNode[] = [];
    for (const parent of nodes) {
      const { value } = parent;
      if (typeof value !== 'object' || value === null) continue;
      const keys = step === ALL ? keysOf(value) : [keyIn(value, step)];
      for (const key of keys) {
        limit.step();
        if (key === undefined) continue;
        next.push({ value: (value as Record<string | number, unknown>)[key], parent, key });
      }
    }
    nodes = next;
  }
  return nodes;
}

function keysOf(value: object): Iterable<string | number> {
  return Array.isArray(value) ? value.keys() : Object.keys(value);
}

/** @returns undefined if the value has no such member or element */
function keyIn(value: object, step: string | number): string | number | undefined {
  if (!Array.isArray(value)) return Object.hasOwn(value, step) ? String(step) : undefined;
  if (typeof step !== 'number' && !INTEGER.test(step)) return undefined;
  const index = Number(step);
  const key = index < 0 ? index + value.length : index;
  return key >= 0 && key < value.length ? key : undefined;
}
