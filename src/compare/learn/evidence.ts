import type { HttpFlow } from '../../flow/flow.js';
import type { ComparedValues, Difference } from '../difference.js';
import { endpointOf, foldIds, pathOf } from '../results/endpoint.js';
import type { ValuePair } from './noise.js';

/** Most values that are kept of one place. */
const MOST_PAIRS = 50;
/** Most places that are watched. */
const MOST_PLACES = 200_000;

/** An endpoint, apart from its host. */
export interface Endpoint {
  readonly method: string;
  readonly host: string;
  /** Ids are `{id}`. */
  readonly path: string;
}

/** What was seen of one place at one endpoint. */
export interface PlaceEvidence {
  readonly endpoint: Endpoint;
  /** In the language of rules. */
  readonly place: string;
  readonly pairs: ValuePair[];
  compared: number;
  differed: number;
}

/** Collects which places of which endpoints differ, and how often they were compared. */
export class Evidence {
  private readonly places = new Map<string, PlaceEvidence>();
  /** Differences that no rule can name. */
  readonly others = new Map<string, { text: string; count: number }>();

  /** A place was compared, with or without a difference. */
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
    if (known.pairs.length < MOST_PAIRS) known.pairs.push(pairOf(values));
  }

  /** The places that differed. */
  *differing(): Generator<PlaceEvidence> {
    for (const place of this.places.values()) if (place.differed > 0) yield place;
  }

  private of({ request }: HttpFlow, place: string): PlaceEvidence | undefined {
    const key = `${endpointOf(request)} ${place}`;
    let known = this.places.get(key);
    if (!known) {
      if (this.places.size === MOST_PLACES) return undefined;
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
