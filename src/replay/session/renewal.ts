import type { HttpFlow } from '../../flow/flow.js';
import type { HttpResponse } from '../../flow/http/http-response.js';
import { extractFromResponse } from './extract/response.js';
import { type OnValue, ValueExtractor } from './extract/value-extractor.js';
import type { Names } from './names.js';
import type { ValueSettings } from './value-settings.js';

/** A value of a recorded response, and the value at the same place of the new response. */
export interface Renewal {
  readonly recorded: string;
  readonly value: string;
  /** Keys under which the value is matched; the empty key stands for any place. */
  readonly keys: readonly string[];
}

/** A recorded value that requests use. */
export interface Wanted {
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
  settings: ValueSettings,
  isWanted: (key: string, value: string) => boolean,
): Promise<Renewal[]> {
  const wanted: Wanted[] = [];
  const { path } = recorded.request;
  await extractFromResponse(recorded.response!, path, settings, collectWanted(settings.names, wanted, isWanted));
  if (wanted.length === 0) return [];
  return renew(wanted, await valuesAt(wanted, response, path, settings));
}

/** Maximum number of values to carry over from one response, counting repeated ones. */
const MAX_WANTED = 100_000;

/** Collects the values that are needed. */
export function collectWanted(
  names: Names,
  into: Wanted[],
  isWanted: (key: string, value: string) => boolean,
): ValueExtractor {
  return new ValueExtractor(names, (value, keys, anywhere, places) => {
    const used = (anywhere ? [...keys, ''] : keys).filter((key) => isWanted(key, value));
    if (used.length > 0 && into.length < MAX_WANTED) into.push({ recorded: value, keys: used, places: places() });
  });
}

/** @param found the new values, by place */
export function renew(wanted: readonly Wanted[], found: ReadonlyMap<string, string>): Renewal[] {
  const renewals: Renewal[] = [];
  for (const { recorded: value, keys, places } of wanted) {
    const place = places.find((name) => found.has(name));
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
  settings: ValueSettings,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  await extractFromResponse(response, path, settings, findAtPlaces(settings.names, wanted, found));
  return found;
}

/** Collects the first value at each place of the values that are needed. */
export function findAtPlaces(names: Names, wanted: readonly Wanted[], into: Map<string, string>): ValueExtractor {
  const needed = new Set(wanted.flatMap((each) => each.places));
  const onValue: OnValue = (value, _keys, _anywhere, placesOf) => {
    for (const place of placesOf()) if (needed.has(place) && !into.has(place)) into.set(place, value);
  };
  return new ValueExtractor(names, onValue, true);
}
