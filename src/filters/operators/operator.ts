import type { Cursor } from '../cursor.js';
import type { JsonReader } from '../subjects/json.js';
import type { Predicate } from '../verdict.js';

export interface FilterSettings {
  caseSensitive: boolean;
  /** The moment that relative times count from, in seconds since the epoch. */
  now: number;
  /** Parses content as JSON, each buffer once for the whole expression. */
  json: JsonReader;
}

/**
 * What it takes to try an operator, so that the cheaper ones of an `&` or `|` are tried first: a property, a short text,
 * a text that has to be put together or looked up in a header block, a whole header block, a body.
 */
export type Cost = 0 | 1 | 2 | 3 | 4;

export const PROPERTY = 0;
export const SHORT_TEXT = 1;
export const LOOKED_UP = 2;
export const HEADER_BLOCK = 3;
export const BODY = 4;

/** The sections of the help. */
export type Group = 'kind' | 'address' | 'status' | 'header' | 'body' | 'measure' | 'mark';

/** One row of the table of operators. */
export interface Operator {
  /** Without `~`; letters and digits. */
  readonly name: string;
  readonly group: Group;
  /** How the argument is called in the help; undefined if there is none. */
  readonly argument?: string;
  /** Whether the argument may begin with a sign such as `>` right behind the name. */
  readonly comparison?: boolean;
  /** One line for the help. */
  readonly help: string;
  readonly cost: Cost;
  /**
   * Reads the argument at the cursor, if there is one.
   * @throws FilterError
   */
  compile(cursor: Cursor, settings: FilterSettings): Predicate;
}

/** An operator without argument. */
export function flag(name: string, group: Group, help: string, predicate: Predicate, cost: Cost = PROPERTY): Operator {
  return { name, group, help, cost, compile: () => predicate };
}
