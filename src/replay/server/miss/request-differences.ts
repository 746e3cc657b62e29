import { boundary, cut, oneLine, quote } from '../../../flow/text/quote.js';
import { memberStep } from '../../../json-path/location.js';
import { type Json, parseJson } from '../key/canonical-json.js';
import type { KeyField, KeyPart } from '../key/key-field.js';

/** A place in which a request differs from a recorded one. The value of a missing place is undefined. */
export interface RequestDifference {
  /** For example `method`, `query page`, `$.price`. */
  readonly where: string;
  readonly recorded: string | undefined;
  readonly now: string | undefined;
}

/** Maximum number of differences of a request. */
const MAX_LISTED = 50;

/** The differences between a recorded request and a new one. Each place is listed once. */
export function differencesOf(recorded: readonly KeyField[], now: readonly KeyField[]): RequestDifference[] {
  const found: RequestDifference[] = [];
  for (const difference of allDifferences(grouped(recorded), grouped(now))) {
    if (found.push(difference) === MAX_LISTED) break;
  }
  return found;
}

function* allDifferences(
  before: ReadonlyMap<string, KeyField[]>,
  after: ReadonlyMap<string, KeyField[]>,
): Generator<RequestDifference> {
  for (const [place, fields] of before) yield* compare(fields, after.get(place) ?? []);
  for (const [place, fields] of after) if (!before.has(place)) yield* compare([], fields);
}

/** A path in JSON, or in a message of a call. */
const IN_JSON = /^(?:message \d+ )?\$/;

/** Whether the values of a place are JSON. */
export function isInJson(where: string): boolean {
  return IN_JSON.test(where);
}

/** Formats a difference: `query page: "1" → "2"`, `$.price: 120 → 12`. Long values are cut where they differ. */
export function describeDifference({ where: place, recorded, now }: RequestDifference): string {
  const where = oneLine(place);
  // Values of JSON have their quotes already.
  const shown = isInJson(place) ? (value: string) => oneLine(cut(value)) : quote;
  if (recorded === undefined) return `${where}: not recorded, now ${shown(now!)}`;
  if (now === undefined) return `${where}: ${shown(recorded)} → missing`;
  const equal = commonLength(recorded, now);
  const from = equal > MUCH_IN_COMMON ? boundary(now, equal - CONTEXT) : 0;
  const part = (value: string): string => shown(from === 0 ? value : `…${value.slice(from)}`);
  return `${where}: ${part(recorded)} → ${part(now)}`;
}

/** Number of characters that may precede the first difference in a message, and that do if there are more. */
const MUCH_IN_COMMON = 60;
const CONTEXT = 20;

/** The number of characters with which both texts begin. */
export function commonLength(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  let same = 0;
  while (same < length && one.charCodeAt(same) === other.charCodeAt(same)) same++;
  return same;
}

function grouped(fields: readonly KeyField[]): Map<string, KeyField[]> {
  const groups = new Map<string, KeyField[]>();
  for (const field of fields) {
    const place = whereOf(field);
    const group = groups.get(place);
    if (group) group.push(field);
    else groups.set(place, [field]);
  }
  return groups;
}

function whereOf({ part, name }: KeyField): string {
  if (part === 'json' && name !== '') return name;
  return NAMED.has(part) ? `${part} ${name}` : part;
}

const NAMED: ReadonlySet<KeyPart> = new Set(['query', 'header', 'form', 'part']);

/** Compares the fields of one place. Values of the same name may be in any order. */
function* compare(recorded: readonly KeyField[], now: readonly KeyField[]): Generator<RequestDifference> {
  const [first, other] = [recorded[0], now[0]];
  if (first?.part === 'json' && other?.part === 'json') {
    const path = first.name === '' ? '$' : `${first.name} $`;
    return yield* jsonDifferences(parseJson(first.value), parseJson(other.value), path);
  }
  const missing = without(recorded, now);
  const left = without(now, recorded);
  const where = whereOf((first ?? other)!);
  for (let at = 0; at < Math.max(missing.length, left.length); at++) {
    yield { where, recorded: missing[at], now: left[at] };
  }
}

/** The values of `fields`, less one for each equal value of `others`. */
function without(fields: readonly KeyField[], others: readonly KeyField[]): string[] {
  const counts = new Map<string, number>();
  for (const { value } of others) counts.set(value, (counts.get(value) ?? 0) + 1);
  return fields.flatMap(({ value }) => {
    const count = counts.get(value) ?? 0;
    if (count > 0) counts.set(value, count - 1);
    return count > 0 ? [] : value;
  });
}

function* jsonDifferences(
  recorded: Json | undefined,
  now: Json | undefined,
  path: string,
): Generator<RequestDifference> {
  if (isContainer(recorded) && isContainer(now) && Array.isArray(recorded) === Array.isArray(now)) {
    const keys = new Set([...Object.keys(recorded), ...Object.keys(now)]);
    for (const key of keys) {
      const [before, after] = [recorded[key], now[key]];
      yield* jsonDifferences(before, after, path + (Array.isArray(recorded) ? `[${key}]` : memberStep(key)));
    }
    return;
  }
  const [before, after] = [recorded, now].map((value) => (value === undefined ? undefined : jsonText(value)));
  if (before !== after) yield { where: path, recorded: before, now: after };
}

/** The JSON text of a value, with long integers as digits (`parseJson`). */
function jsonText(value: Json): string {
  return JSON.stringify(value).replace(/"\\u0000(-?\d+)"/g, '$1');
}

function isContainer(value: Json | undefined): value is Record<string, Json> {
  return typeof value === 'object' && value !== null;
}
