/** One step into a JSON value: a member, an element (counted from the end if negative), or all of them. */
export type Step = string | number | typeof ALL;

export const ALL = Symbol('all');

const MAX_STEPS = 100;

const STEP = /^(?:\.?([^.[\]"'\s]+)|\[\s*(?:(-?\d+)|(\*)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*\])/s;

/**
 * Parses a path such as `.user.name`, `items[0].id`, `$.items[*]["a b"]`. A leading `$` or `.` denotes the root value.
 * @returns undefined if the path is invalid
 */
export function parseJsonPath(text: string): Step[] | undefined {
  const steps: Step[] = [];
  let rest = text.replace(/^\$/, '');
  if (rest === '.') return steps;
  while (rest !== '') {
    const match = STEP.exec(rest);
    if (!match) return undefined;
    const [whole, member, index, star, double, single] = match;
    if (member === '*' || star !== undefined) steps.push(ALL);
    else if (index !== undefined) steps.push(Number(index));
    else steps.push(member ?? (double ?? single)!.replace(/\\(.)/gs, '$1'));
    rest = rest.slice(whole.length);
  }
  return text === '' || steps.length > MAX_STEPS ? undefined : steps;
}

/** Whether any value at a path passes a test. */
export function someAtPath(
  value: unknown,
  path: readonly Step[],
  test: (value: unknown) => boolean,
  from = 0,
): boolean {
  if (value === undefined) return false;
  if (from === path.length) return test(value);
  const step = path[from]!;
  if (typeof value !== 'object' || value === null) return false;
  if (step === ALL) return Object.values(value).some((item) => someAtPath(item, path, test, from + 1));
  return someAtPath(stepInto(value, step), path, test, from + 1);
}

function stepInto(value: object, step: string | number): unknown {
  if (Array.isArray(value)) {
    return typeof step === 'number' || /^-?\d+$/.test(step) ? value.at(Number(step)) : undefined;
  }
  return Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined;
}
