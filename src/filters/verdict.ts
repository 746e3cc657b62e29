import type { Flow, Phase, Verdict } from '../flow/index.js';

/**
 * What a predicate knows, from "no, for good" to "yes, for good". Between them: `NOT_YET` is no at this moment but may
 * become yes (`~s` before the answer), `NOW` the reverse (`~q` before the answer), `LATER` is not known yet (`~c 200`
 * before the answer). In this order `&` is the least of its terms, `|` the greatest, and `!` turns the order round.
 */
export type Certainty = 0 | 1 | 2 | 3 | 4;

export const NO = 0;
export const NOT_YET = 1;
export const LATER = 2;
export const NOW = 3;
export const YES = 4;

const VERDICTS: readonly Verdict[] = ['no', 'later', 'later', 'yes', 'yes'];

/** What whoever evaluates a filter is told. */
export function toVerdict(certainty: Certainty): Verdict {
  return VERDICTS[certainty]!;
}

/** Something that does not change any more. */
export function decided(matches: boolean): Certainty {
  return matches ? YES : NO;
}

/** A state that can still come about or go away until the flow has ended. */
export function changeable(matches: boolean, stage: Stage): Certainty {
  if (stage === END) return matches ? YES : NO;
  return matches ? NOW : NOT_YET;
}

/** A phase as a number, so that "not before" is a comparison. */
export type Stage = 0 | 1 | 2 | 3 | 4;

const REQUEST_HEADERS = 0;
export const REQUEST = 1;
export const RESPONSE_HEADERS = 2;
export const RESPONSE = 3;
export const END = 4;

const STAGES: Readonly<Record<Phase, Stage>> = {
  requestHeaders: REQUEST_HEADERS,
  request: REQUEST,
  responseHeaders: RESPONSE_HEADERS,
  response: RESPONSE,
  end: END,
};

export function stageOf(phase: Phase): Stage {
  return STAGES[phase];
}

/** One operator with its argument, or a whole expression, compiled. It has no state and allocates nothing. */
export type Predicate = (flow: Flow, stage: Stage) => Certainty;
