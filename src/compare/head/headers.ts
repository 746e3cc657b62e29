import type { Headers } from '../../flow/http/headers.js';
import { essenceOf, parameterOf } from '../../flow/text/parameters.js';
import { fromWire } from '../../flow/text/wire-text.js';
import { type Difference, shorten } from '../difference.js';
import type { Equality } from '../equality.js';
import { compareCookies } from './cookies.js';
import { compareLinks } from './links.js';

/** Header fields that differ between any two exchanges, or belong to the framing of the message. */
const VOLATILE: ReadonlySet<string> = new Set([
  'date',
  'age',
  'server',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'grpc-accept-encoding',
]);

/** Fields whose value is a URL. */
const LINKS: ReadonlySet<string> = new Set(['location', 'content-location']);

/** Compares header or trailer fields by name. Order and case of names do not matter; the order of the values of one name does. */
export function compareHeaders(
  kind: 'headers' | 'trailers',
  recorded: Headers | undefined,
  replayed: Headers | undefined,
  equality: Equality,
): Difference[] {
  if (recorded === undefined && replayed === undefined) return [];
  const names = recorded && replayed ? differingNames(recorded, replayed) : undefined;
  const differences: Difference[] = [];
  if (names) {
    for (const name of names) {
      if (equality.rules.ignores('header', name)) continue;
      differences.push(...compareField(kind, name, recorded!.getAll(name), replayed!.getAll(name), equality));
    }
    return differences;
  }
  const before = valuesOf(recorded);
  const after = valuesOf(replayed);
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const was = before.get(name);
    const now = after.get(name);
    if (VOLATILE.has(name) || (was !== undefined && isSame(was, now))) continue;
    if (equality.rules.ignores('header', name)) continue;
    differences.push(...compareField(kind, name, was ?? [], now ?? [], equality));
  }
  return differences;
}

/**
 * The names whose values differ, without volatile ones, if they are few and both sides have the same names line by
 * line. Most responses do, and this is the fastest way to know.
 */
function differingNames(recorded: Headers, replayed: Headers): readonly string[] | undefined {
  const found: string[] = [];
  if (recorded.bytes.equals(replayed.bytes)) return found;
  const { length } = recorded;
  if (length !== replayed.length) return undefined;
  for (let at = 0; at < length; at++) {
    const [name, value] = recorded.at(at)!;
    const [other, now] = replayed.at(at)!;
    if (name !== other) return undefined;
    if (value === now) continue;
    const key = name.toLowerCase();
    if (VOLATILE.has(key) || found.includes(key)) continue;
    // Each of them takes a search through all lines.
    if (found.length === FEW) return undefined;
    // A name is listed where it first stands, which may be before names found so far.
    if (found.length > 0 && isNamedBefore(recorded, at, key)) return undefined;
    found.push(key);
  }
  return found;
}

const FEW = 16;

/** Whether a line before an index has a name. */
function isNamedBefore(headers: Headers, end: number, name: string): boolean {
  for (let at = 0; at < end; at++) if (headers.at(at)![0].toLowerCase() === name) return true;
  return false;
}

function valuesOf(headers: Headers | undefined): Map<string, string[]> {
  const values = new Map<string, string[]>();
  if (!headers) return values;
  for (const [name, value] of headers.entries()) {
    const key = name.toLowerCase();
    const known = values.get(key);
    if (known) known.push(value);
    else values.set(key, [value]);
  }
  return values;
}

function isSame(was: readonly string[], now: readonly string[] | undefined): boolean {
  return was.length === now?.length && was.every((value, at) => value === now[at]);
}

function compareField(
  kind: 'headers' | 'trailers',
  name: string,
  was: readonly string[],
  now: readonly string[],
  equality: Equality,
): Difference[] {
  if (name === 'set-cookie') return compareCookies(was, now, equality);
  const recorded = joined(was);
  const replayed = joined(now);
  if (recorded !== undefined && replayed !== undefined) {
    if (LINKS.has(name)) return compareLinks(name, recorded, replayed, equality);
    if (equality.named('header', name, recorded, replayed)) return [];
    if (name === 'content-type' && isSameMultipart(recorded, replayed)) return [];
  }
  const shown = (value: string | undefined) => (value === undefined ? undefined : shorten(value));
  const values = { place: `header:${name}`, recorded, replayed };
  return [{ kind, place: name, group: name, was: shown(recorded), now: shown(replayed), values }];
}

/** Several fields with one name are a list (RFC 9110 section 5.3). */
function joined(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : fromWire(values.join(', '));
}

/** Boundaries of multipart bodies are random. */
function isSameMultipart(recorded: string, replayed: string): boolean {
  const [was, now] = [essenceOf(recorded), essenceOf(replayed)];
  const hasBoundary = (value: string) => parameterOf(value, 'boundary') !== undefined;
  return was.startsWith('multipart/') && was === now && hasBoundary(recorded) && hasBoundary(replayed);
}
