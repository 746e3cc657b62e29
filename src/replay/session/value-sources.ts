import type { Users } from './users/users.js';

/** What is known of the values of a capture: of all of it, or of a window. */
export interface ValueSources {
  readonly users: Users;
  /** Whether any of the values of a request may be carried over. */
  mayCarryOver(hashes: ReadonlySet<number>): boolean;
  /** Whether the response of a flow hands out a value that a request uses, or may use. */
  isSource(id: string): boolean;
  /**
   * Whether a request uses a value that a response hands out, or may use it.
   * @param handedOut when it is handed out
   */
  isUsed(hash: number, handedOut: number, isRenewed: boolean): boolean;
  /** How many requests use a value. */
  usesOf(hash: number): number;
  /** The flows whose responses handed out a value before a request began, the latest first. Of many, some. */
  sourcesBefore(hash: number, began: number): readonly string[];
}
