import type { Users } from './users/users.js';

/** The values of a capture, or of a window of it. */
export interface ValueSources {
  readonly users: Users;
  /** Whether any value of a request may have to be replaced. */
  mayCarryOver(hashes: ReadonlySet<number>): boolean;
  /** Whether the response of a flow may hand out a value that a request uses. */
  isSource(id: string): boolean;
  /**
   * Whether a later request may use a value that a response hands out.
   * @param handedOut time at which it is handed out
   * @param isRenewed see `isRenewed` in `tokens.ts`
   */
  isUsed(hash: number, handedOut: number, isRenewed: boolean): boolean;
  /** The number of requests that use a value. */
  usesOf(hash: number): number;
  /** The flows whose responses handed out a value before a request began, the latest first. Their number is limited. */
  sourcesBefore(hash: number, began: number): readonly string[];
}
