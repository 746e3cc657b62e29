import type { HttpFlow } from '../../flow/flow.js';
import type { HttpResponse } from '../../flow/http/http-response.js';
import { Handing, type OnHanded } from './handed/handing.js';
import { handResponse } from './handed/response.js';
import type { SessionPlaces } from './session-places.js';

/** A value of a recorded response, and the value at the same place of the new response. */
export interface Renewal {
  readonly recorded: string;
  readonly value: string;
  /** Keys under which the value is matched; the empty key stands for any place. */
  readonly keys: readonly string[];
}

interface Wanted {
  readonly recorded: string;
  readonly keys: readonly string[];
  /** Alternative names of its place, the best first. */
  readonly places: readonly string[];
}

/**
 * Compares two responses place by place.
 * @param isWanted whether a recorded value is needed under a key
 */
export async function findRenewals(
  recorded: HttpFlow,
  response: HttpResponse,
  places: SessionPlaces,
  isWanted: (key: string, value: string) => boolean,
): Promise<Renewal[]> {
  const wanted: Wanted[] = [];
  const handing = new Handing(places.names, (value, keys, anywhere, names) => {
    const used = (anywhere ? [...keys, ''] : keys).filter((key) => isWanted(key, value));
    if (used.length > 0) wanted.push({ recorded: value, keys: used, places: names() });
  });
  const { path } = recorded.request;
  await handResponse(recorded.response!, path, places, handing);
  if (wanted.length === 0) return [];
  const found = await valuesAt(wanted, response, path, places);
  const renewals: Renewal[] = [];
  for (const { recorded: value, keys, places: names } of wanted) {
    const place = names.find((name) => found.has(name));
    const renewed = place === undefined ? undefined : found.get(place);
    // A header field cannot contain NUL or line ends, and a value with several lines is not a token.
    if (renewed !== undefined && !/[\0\r\n]/.test(renewed)) renewals.push({ recorded: value, value: renewed, keys });
  }
  return renewals;
}

/** The first value at each place. */
async function valuesAt(
  wanted: readonly Wanted[],
  response: HttpResponse,
  path: string,
  places: SessionPlaces,
): Promise<Map<string, string>> {
  const names = new Set(wanted.flatMap((each) => each.places));
  const found = new Map<string, string>();
  const onHanded: OnHanded = (value, _keys, _anywhere, placesOf) => {
    for (const place of placesOf()) if (names.has(place) && !found.has(place)) found.set(place, value);
  };
  await handResponse(response, path, places, new Handing(places.names, onHanded, true));
  return found;
}
