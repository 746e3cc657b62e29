import type { FlowFilter } from '../../flow/filter.js';
import type { JsonPath } from '../../json-path/index.js';
import type { Shape } from './shapes.js';

/** A part of a message. Names of headers are in lower case. */
export type Place =
  | { readonly kind: 'header' | 'cookie' | 'param'; readonly name: string }
  | { readonly kind: 'json'; readonly path: JsonPath }
  | { readonly kind: 'body' };

/** What a rule does. */
export type RuleEffect =
  /** The place is not compared. */
  | { readonly type: 'ignore'; readonly place: Place }
  /** Values of the shape are equal; everywhere without a place. */
  | { readonly type: 'shape'; readonly shape: Shape; readonly place: Place | undefined }
  /** The order of the elements of arrays does not matter. */
  | { readonly type: 'order'; readonly path: JsonPath }
  /** What a regex matches in text is not compared. @param mask removes the matches */
  | { readonly type: 'text'; readonly mask: (text: string) => string };

/** A rule on what does not count as a difference. */
export interface Rule {
  /** As it was written, with its filter. */
  readonly text: string;
  /** Where it was written: an option, or file and line. */
  readonly origin: string;
  /** The flows that it holds for; all if undefined. */
  readonly filter: FlowFilter | undefined;
  readonly effect: RuleEffect;
}

/** A text that is not a rule. */
export class RuleError extends Error {
  override name = 'RuleError';
  readonly code = 'rule.invalid';

  /**
   * @param text the rule, or the line with the mistake
   * @param column position of the mistake in characters, from 1
   * @param problem what is wrong there, without a full stop
   * @param expected what would be valid there
   */
  constructor(
    readonly text: string,
    readonly column: number,
    readonly problem: string,
    readonly expected: string,
  ) {
    super(`column ${column}: ${problem}; expected ${expected}`);
  }
}
