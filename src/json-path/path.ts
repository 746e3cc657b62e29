/** The keys from the root of a JSON value to a value inside it: names of members and indexes of elements. */
export type Location = readonly (string | number)[];

/** A value that a path selected, and its location. */
export interface PathNode {
  readonly value: unknown;
  /** Undefined for the root. */
  readonly parent: PathNode | undefined;
  /** The name or index in the parent; undefined for the root. */
  readonly key: string | number | undefined;
}

/** One step of a path that selects by name or index alone. */
export interface PlainStep {
  /** The name of a member or the index of an element; undefined for all of them. */
  readonly key: string | number | undefined;
  /** Whether it selects at any depth (`..`). */
  readonly isDescendant: boolean;
}

/** A parsed path into JSON values. */
export interface JsonPath {
  /** As it was written. */
  readonly text: string;
  /** Its steps, if the location of a value is enough to know whether it is selected. */
  readonly plainSteps: readonly PlainStep[] | undefined;
  /**
   * The values that it selects, in the order of the document.
   * @throws PathLimitError
   */
  select(value: unknown): PathNode[];
  /**
   * Whether any value at the path passes a test.
   * @throws PathLimitError
   */
  some(value: unknown, test: (value: unknown) => boolean): boolean;
}

/** A text that is not a path. `message` has no full stop. */
export class PathError extends Error {
  override name = 'PathError';
  readonly code = 'json-path.syntax';

  /** @param offset of the error, in UTF-16 units from 0 */
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

/** The evaluation of a path exceeded its step limit. */
export class PathLimitError extends Error {
  override name = 'PathLimitError';
  readonly code = 'json-path.limit';

  constructor() {
    super('the path needs too many steps for this value');
  }
}

/** Limits the steps of an evaluation, so that no path can take unbounded time. */
export class StepLimit {
  private steps = 0;

  constructor(private readonly limit = 10_000_000) {}

  /** @throws PathLimitError */
  step(): void {
    if (++this.steps > this.limit) throw new PathLimitError();
  }
}

export function rootNode(value: unknown): PathNode {
  return { value, parent: undefined, key: undefined };
}

export function locationOf(node: PathNode): Location {
  const keys: (string | number)[] = [];
  for (let at = node; at.parent; at = at.parent) keys.push(at.key!);
  return keys.reverse();
}
