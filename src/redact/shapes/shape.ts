/** A kind of secret that is recognised by how it looks, wherever it stands. */
export interface Shape {
  /** As the places of findings name it. */
  readonly name: string;
  /** What it begins with; the search ignores the case of letters. */
  readonly literals: readonly string[];
  /** Sticky, at the literal. The first group is the secret, if there is one; otherwise all of it is. */
  readonly pattern: RegExp;
  /** Whether no letter or digit may stand before it. */
  readonly boundary?: true;
  /** Whether it is searched in binary data as well. */
  readonly binary?: true;
  readonly test?: (secret: string) => boolean;
  /** For a shape whose pattern is only its beginning. @returns the end of the secret */
  readonly extend?: (text: string, end: number) => number;
}
