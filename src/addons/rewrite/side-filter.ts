import type { FlowFilter, Phase, Verdict } from '../../flow/filter.js';
import type { Flow, HttpFlow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import { matchesBodies, mayMatch, type Side } from './flow-side.js';

/** A spec for flows that match. */
export interface Filtered {
  /** Undefined if all flows do. */
  readonly filter: FlowFilter | undefined;
}

/**
 * The filter of an addon that changes messages of one side: it says no to flows that no spec of the addon matches, so that
 * they are not held. Bodies are left to the addon.
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
    // The response has yet to come.
    if (this.side === 'response' && (phase === 'requestHeaders' || phase === 'request')) return 'later';
    for (const { filter } of this.specs) if (mayMatch(filter, flow, this.side)) return 'yes';
    return 'no';
  }
}

/**
 * An addon that changes requests: as soon as their head is there, or when all of them is, if a filter reads bodies.
 * @param isLate whether an addon that comes before it waits for whole requests
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
 * @param limit of bytes of a body that filters see
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
