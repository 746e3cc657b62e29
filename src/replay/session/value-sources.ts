import type { Users } from './users/users.js';

/** The values of a capture, or of a window of it. */
export interface ValueSources {
  readonly users: Users;
  /** Whether any value of a request may have to be replaced. */
  mayCarryOver(hashes: ReadonlySet<number>): boolean;
  /** Whether the response of a flow may issue a value that a request uses. */
  isSource(id: string): boolean;
  /** The numbers of the WebSocket messages, from 1, in which the server may issue a value that a request uses. */
  messagesOf(id: string): ReadonlySet<number>;
  /**
   * Whether a later request may use a value that a response issues.
   * @param issued time at which it is issued
   * @param isRenewed see `isRenewed` in `names.ts`
   */
  isUsed(hash: number, issued: number, isRenewed: boolean): boolean;
  /** The number of requests that use a value. */
  usesOf(hash: number): number;
  /**
   * The flows, or messages (`messageId`), that issued a value before a request began, the latest first. Their number is
   * limited.
   */
  sourcesBefore(hash: number, began: number): readonly string[];
}

/** Identifies a server message of a WebSocket, as a source of values. @param number from 1 */
export function messageId(flow: string, number: number): string {
  return `${flow} message ${number}`;
}

export const NO_MESSAGES: ReadonlySet<number> = new Set();
