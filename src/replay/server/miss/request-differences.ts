import { quote } from '../../../flow/text/quote.js';
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
/** Maximum length of a place and of a value, in characters. */
const LONGEST_PLACE = 200;
const LONGEST_VALUE = 1000;

/** The differences between a recorded request and a new one. Each place is listed once. */
export function differencesOf(recorded: readonly KeyField[], now: readonly KeyField[]): RequestDifference[] {
  const before = grouped(recorded);
  const after = grouped(now);
  const found: RequestDifference[] = [];
  for (const [place, fields] of before) found.push(...compare(fields, after.get(place) ?? []));
  for (const [place, fields] of after) if (!before.has(place)) found.push(...compare([], fields));
  return found.slice(0, MAX_LISTED).map(({ where, recorded, now }) => ({
    where: shortened(where, LONGEST_PLACE)!,
    recorded: shortened(recorded, LONGEST_VALUE),
    now: shortened(now, LONGEST_VALUE),
  }));
}

/** A copy, because a slice of a text keeps the whole text in memory, and misses are remembered. */
function shortened(text: string | undefined, longest: number): string | undefined {
  if (text === undefined) return undefined;
  const copy = Buffer.from(text.slice(0, longest), 'utf16le').toString('utf16le');
  return text.length > longest ? `${copy}…` : copy;
}

/** Formats a difference: `query page: 1 → 2`. */
export function describeDifference({ where, recorded, now }: RequestDifference): string {
  if (recorded === undefined) return `${where}: not recorded, now ${quote(now!)}`;
  return now === undefined ? `${where}: ${quote(recorded)} → missing` : `${where}: ${quote(recorded)} → ${quote(now)}`;
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
  return NAMED.has(part) ? `${part} ${name}` : part;
}

const NAMED: ReadonlySet<KeyPart> = new Set(['query', 'header', 'form', 'part']);

/** Compares the fields of one place. Values of the same name may be in any order. */
function compare(recorded: readonly KeyField[], now: readonly KeyField[]): RequestDifference[] {
  const [first, other] = [recorded[0], now[0]];
  if (first?.part === 'json' && other?.part === 'json') {
    return [...jsonDifferences(parseJson(first.value), parseJson(other.value), '$')];
  }
  const missing = without(recorded, now);
  const left = without(now, recorded);
  const where = whereOf((first ?? other)!);
  return Array.from({ length: Math.max(missing.length, left.length) }, (_, at) => ({
    where,
    recorded: missing[at],
    now: left[at],
  }));
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
      yield* jsonDifferences(before, after, path + (Array.isArray(recorded) ? `[${key}]` : memberOf(key)));
    }
    return;
  }
  const [before, after] = [recorded, now].map((value) => (value === undefined ? undefined : JSON.stringify(value)));
  if (before !== after) yield { where: path, recorded: before, now: after };
}

function memberOf(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function isContainer(value: Json | undefined): value is Record<string, Json> {
  return typeof value === 'object' && value !== null;
}
