import type { FlowFilter } from '../../flow/filter.js';
import type { JsonPath } from '../../json-path/index.js';
import type { Shape } from './shapes.js';

/** A part of a message. Names of headers are in lower case. */
export type MessagePlace =
  | { readonly kind: 'header' | 'cookie' | 'param'; readonly name: string }
  | { readonly kind: 'json'; readonly path: JsonPath }
  | { readonly kind: 'body' };

/** The effect of a rule. */
export type RuleEffect =
  /** The place is not compared. */
  | { readonly type: 'ignore'; readonly place: MessagePlace }
  /** Values of the shape are equal, at the place or anywhere. */
  | { readonly type: 'shape'; readonly shape: Shape; readonly place: MessagePlace | undefined }
  /** The order of array elements is ignored. */
  | { readonly type: 'order'; readonly path: JsonPath }
  /** Matches of a regex are not compared in the text at the place, or in any text. @param mask removes the matches */
  | { readonly type: 'text'; readonly mask: (text: string) => string; readonly place: MessagePlace | undefined };

/** A rule that excludes values from the comparison. */
export interface Rule {
  /** As it was written, with its filter. */
  readonly text: string;
  /** Its source: an option, or file and line. */
  readonly origin: string;
  /** Undefined matches every flow. */
  readonly filter: FlowFilter | undefined;
  readonly effect: RuleEffect;
}
