import type { Definitions } from '../../protobuf/definitions/definitions.js';
import type { ExpressionCursor } from '../cursor.js';
import type { JsonReader } from '../subjects/json.js';
import type { Predicate } from '../verdict.js';

export interface FilterSettings {
  caseSensitive: boolean;
  /** Reference for relative times, in seconds since the epoch. */
  now: number;
  /** Parses content as JSON, each buffer once per expression. */
  json: JsonReader;
  /** Definitions of messages of Protobuf. */
  definitions?: Definitions | undefined;
}

/**
 * The cost of an operator; cheaper operands of `&` and `|` are evaluated first. From 0: a property, a short text, a
 * text that has to be built or looked up in a header block, a whole header block, a body.
 */
export type Cost = 0 | 1 | 2 | 3 | 4;

export const PROPERTY = 0;
export const SHORT_TEXT = 1;
export const LOOKED_UP = 2;
export const HEADER_BLOCK = 3;
export const BODY = 4;

/** Sections of the help. */
export type Group = 'kind' | 'address' | 'status' | 'header' | 'body' | 'measure' | 'mark';

/** One row of the table of operators. */
export interface Operator {
  /** Without `~`; letters and digits. */
  readonly name: string;
  readonly group: Group;
  /** Name of the argument in the help; undefined if the operator has none. */
  readonly argument?: string;
  /** Whether the argument may begin with a sign such as `>` directly after the name. */
  readonly comparison?: boolean;
  /** One line for the help. */
  readonly help: string;
  readonly cost: Cost;
  /** Reads the argument at the cursor, if the operator has one. @throws FilterError */
  compile(cursor: ExpressionCursor, settings: FilterSettings): Predicate;
}

/** Creates an operator without an argument. */
export function flag(name: string, group: Group, help: string, predicate: Predicate, cost: Cost = PROPERTY): Operator {
  return { name, group, help, cost, compile: () => predicate };
}
