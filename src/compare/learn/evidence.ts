import type { HttpFlow } from '../../flow/flow.js';
import type { ComparedValues, Difference } from '../difference.js';
import { endpointOf, foldIds, pathOf } from '../results/endpoint.js';
import type { ValuePair } from './noise.js';

/** Maximum number of value pairs to keep for one place. */
const MAX_PAIRS = 50;
/** Maximum number of places to track. */
const MAX_PLACES = 200_000;

/** Method, host and path of requests. */
export interface Endpoint {
  readonly method: string;
  readonly host: string;
  /** With ids replaced by `{id}`. */
  readonly path: string;
}

/** The observations of one place at one endpoint. */
export interface PlaceEvidence {
  readonly endpoint: Endpoint;
  /** In the syntax of rules. */
  readonly place: string;
  readonly pairs: ValuePair[];
  compared: number;
  differed: number;
}

/** Collects the observations from which rules are learned: which places of which endpoints differ, and how often. */
export class Evidence {
  private readonly places = new Map<string, PlaceEvidence>();
  /** Differences that no rule can name. */
  readonly others = new Map<string, { text: string; count: number }>();

  /** Records that a place was compared, equal or not. */
  compared(flow: HttpFlow, place: string): void {
    const known = this.of(flow, place);
    if (known) known.compared++;
  }

  differed(flow: HttpFlow, difference: Difference): void {
    const { values } = difference;
    if (!values) return this.addOther(flow, difference);
    const known = this.of(flow, values.place);
    if (!known) return;
    known.differed++;
    if (known.pairs.length < MAX_PAIRS) known.pairs.push(pairOf(values));
  }

  /** The places that differed. */
  *differing(): Generator<PlaceEvidence> {
    for (const place of this.places.values()) if (place.differed > 0) yield place;
  }

  private of({ request }: HttpFlow, place: string): PlaceEvidence | undefined {
    const key = `${endpointOf(request)} ${place}`;
    let known = this.places.get(key);
    if (!known) {
      if (this.places.size === MAX_PLACES) return undefined;
      const endpoint = { method: request.method, host: request.prettyAuthority, path: foldIds(pathOf(request)) };
      known = { endpoint, place, pairs: [], compared: 0, differed: 0 };
      this.places.set(key, known);
    }
    return known;
  }

  private addOther({ request }: HttpFlow, { group, was = 'missing', now = 'missing' }: Difference): void {
    const key = `${endpointOf(request)} ${group}`;
    const known = this.others.get(key);
    if (known) known.count++;
    else this.others.set(key, { text: `${endpointOf(request)}  ${group}: ${was} → ${now}`, count: 1 });
  }
}

function pairOf({ recorded, replayed }: ComparedValues): ValuePair {
  return { recorded, replayed };
}
