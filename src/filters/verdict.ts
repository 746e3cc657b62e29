import type { Flow, Phase, Verdict } from '../flow/index.js';

/**
 * The result of a predicate, from a final no to a final yes. In between: `NOT_YET` is no for now but may become yes
 * (`~s` before the response), `LATER` is unknown so far (`~c 200` before the response), `NOW` is yes for now but may
 * become no (`~q` before the response). In this order `&` is the minimum of its operands, `|` the maximum, and `!`
 * reverses the order.
 */
export type Certainty = 0 | 1 | 2 | 3 | 4;

export const NO = 0;
export const NOT_YET = 1;
export const LATER = 2;
export const NOW = 3;
export const YES = 4;

const VERDICTS: readonly Verdict[] = ['no', 'later', 'later', 'yes', 'yes'];

/** Converts the internal result to the public verdict. */
export function toVerdict(certainty: Certainty): Verdict {
  return VERDICTS[certainty]!;
}

/** A result that cannot change any more. */
export function decided(matches: boolean): Certainty {
  return matches ? YES : NO;
}

/** A state that may change until the flow has ended. */
export function changeable(matches: boolean, stage: Stage): Certainty {
  if (stage === END) return matches ? YES : NO;
  return matches ? NOW : NOT_YET;
}

/** A phase as a number, for comparisons. */
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

/** A compiled operator with its argument, or a compiled expression. It is stateless and allocates nothing. */
export type Predicate = (flow: Flow, stage: Stage) => Certainty;
