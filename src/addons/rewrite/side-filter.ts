import type { FlowFilter, Phase, Verdict } from '../../flow/filter.js';
import type { Flow, HttpFlow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import { matchesBodies, mayMatch, type Side } from './flow-side.js';

/** A spec with a filter. */
export interface Filtered {
  /** Undefined matches every flow. */
  readonly filter: FlowFilter | undefined;
}

/**
 * The filter of an addon that changes messages of one side: it rejects flows that no spec of the addon can match, so that they
 * are not held. The addon itself evaluates filters on bodies.
 */
export class SideFilter implements FlowFilter {
  readonly needsBodies = false;

  constructor(
    private readonly specs: readonly Filtered[],
    private readonly side: Side,
  ) {}

  get text(): string {
    return this.specs.map(({ filter }) => filter?.text ?? '~all').join(' | ');
  }

  evaluate(flow: Flow, phase: Phase): Verdict {
    if (flow.type !== 'http') return 'no';
    // The response has not arrived yet.
    if (this.side === 'response' && (phase === 'requestHeaders' || phase === 'request')) return 'later';
    for (const { filter } of this.specs) if (mayMatch(filter, flow, this.side)) return 'yes';
    return 'no';
  }
}

/**
 * An addon that changes requests: after the head, or after the whole request if a filter reads bodies.
 * @param isLate whether an earlier addon waits for whole requests
 */
export function onRequest(
  name: string,
  specs: readonly Filtered[],
  isLate: boolean,
  change: (flow: HttpFlow) => undefined | Promise<void>,
): Addon {
  const waits = isLate || specs.some(({ filter }) => filter?.needsBodies);
  return waits ? { name, filter: new SideFilter(specs, 'request'), request: change } : { name, requestHeaders: change };
}

/**
 * Calls back for each spec whose filter matches the request, in order, until the callback returns true.
 * @param limit decoded bytes of a body that filters search
 * @returns a promise only if bodies have to be read
 */
export function visitMatches<Spec extends Filtered>(
  specs: readonly Spec[],
  flow: HttpFlow,
  limit: number,
  visit: (spec: Spec) => boolean,
  from = 0,
): undefined | Promise<void> {
  for (let at = from; at < specs.length; at++) {
    const spec = specs[at]!;
    const { filter } = spec;
    if (!mayMatch(filter, flow, 'request')) continue;
    if (!filter?.needsBodies) {
      if (visit(spec)) return undefined;
    } else {
      return matchesBodies(filter, flow, 'request', limit).then((matches) =>
        matches && visit(spec) ? undefined : visitMatches(specs, flow, limit, visit, at + 1),
      );
    }
  }
  return undefined;
}
