import type { TypedObject } from '../text/objects.js';

/**
 * The syntax of a kind of secret that is recognised without a name, such as an access token with a fixed prefix.
 */
export interface SecretPattern {
  /** The name in the places of findings. */
  readonly name: string;
  /** Its possible beginnings, in any case. */
  readonly literals: readonly string[];
  /** Sticky, matched at the literal. The secret is the first group, which ends the match, or the whole match. */
  readonly regex: RegExp;
  /** Whether it must not follow a letter or digit. */
  readonly boundary?: true;
  /** Whether binary data is searched for it too. */
  readonly binary?: true;
  readonly test?: (secret: string) => boolean;
  /** For an object that is recognised by one of its members. */
  readonly object?: TypedObject;
  /** For a pattern whose regex matches only its beginning. @returns the end of the secret */
  readonly extend?: (text: string, end: number) => number;
}
