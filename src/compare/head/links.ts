import { type Difference, shorten } from '../difference.js';
import type { Equality } from '../equality.js';

/** Compares two URLs by the part before the query, and by parameter. */
export function compareLinks(header: string, recorded: string, replayed: string, equality: Equality): Difference[] {
  if (equality.named('header', header, recorded, replayed)) return [];
  const was = split(recorded);
  const now = split(replayed);
  if (!equality.named('header', header, was.base, now.base)) {
    const values = { place: `header:${header}`, recorded, replayed };
    const shown = { was: shorten(recorded), now: shorten(replayed) };
    return [{ kind: 'headers', place: header, group: header, ...shown, values }];
  }
  return compareParameters(was.query, now.query, equality).map((difference) => ({
    ...difference,
    kind: 'headers',
    place: `${header} ${difference.place}`,
    group: `${header} ${difference.group}`,
  }));
}

function split(url: string): { base: string; query: string } {
  const mark = url.indexOf('?');
  return mark < 0 ? { base: url, query: '' } : { base: url.slice(0, mark), query: url.slice(mark + 1) };
}

/** Compares urlencoded parameters by name, and several values of one name in order. */
export function compareParameters(recorded: string, replayed: string, equality: Equality): Difference[] {
  const before = parametersOf(recorded);
  const after = parametersOf(replayed);
  const differences: Difference[] = [];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const was = before.get(name) ?? [];
    const now = after.get(name) ?? [];
    for (let at = 0; at < Math.max(was.length, now.length); at++) {
      const [first, second] = [was[at], now[at]];
      if (first !== undefined && second !== undefined && equality.named('param', name, first, second)) continue;
      if (equality.rules.ignores('param', name)) break;
      const values = { place: `param:${name}`, recorded: first, replayed: second };
      const place = `parameter ${shorten(name)}`;
      const shown = (value: string | undefined) => (value === undefined ? undefined : shorten(value));
      differences.push({ kind: 'body', place, group: place, was: shown(first), now: shown(second), values });
    }
  }
  return differences;
}

/** The values of each parameter. */
function parametersOf(text: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const known = values.get(name);
    if (known) known.push(value);
    else values.set(name, [value]);
  }
  return values;
}
