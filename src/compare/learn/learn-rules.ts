import { plural } from '../../flow/text/plural.js';
import { showValue } from '../difference.js';
import { ID } from '../results/endpoint.js';
import type { Endpoint, Evidence, PlaceEvidence } from './evidence.js';
import { type Frequency, noiseShape, pathNoise, textNoise, type ValuePair } from './noise.js';

/** A learned rule and its origin. */
export interface LearnedRule {
  /** Without its filter. */
  readonly text: string;
  /** The endpoint that it applies to; undefined for all. */
  readonly endpoint: Endpoint | undefined;
  readonly from: readonly Endpoint[];
  readonly frequency: Frequency;
}

export interface Learned {
  readonly rules: readonly LearnedRule[];
  /** Differences that may be real: one line each. */
  readonly rest: readonly string[];
}

/** A rule that holds in this many endpoints is applied to all. */
const MANY_ENDPOINTS = 3;

/** Noise: a place that differs by chance, and its rule. */
interface Noise {
  readonly evidence: PlaceEvidence;
  readonly rule: string;
}

/** Makes rules for noise, as few and as general as the evidence allows. */
export function learnRules(evidence: Evidence): Learned {
  const places = [...evidence.differing()];
  const totals = totalsByName(places);
  const noise: Noise[] = [];
  const rest: string[] = [];
  for (const place of places) {
    const { rules, unexplained } = rulesFor(place, totals);
    for (const rule of rules) noise.push({ evidence: place, rule });
    if (unexplained) rest.push(restLine(place, unexplained));
  }
  for (const { text, count } of evidence.others.values()) rest.push(`${text} (${plural(count, 'time')})`);
  return { rules: generalized(noise), rest };
}

/** The places of all endpoints by name. */
function totalsByName(places: readonly PlaceEvidence[]): Map<string, PlaceEvidence[]> {
  const totals = new Map<string, PlaceEvidence[]>();
  for (const place of places) {
    const name = nameOf(place.place);
    const known = totals.get(name);
    if (known) known.push(place);
    else totals.set(name, [place]);
  }
  return totals;
}

interface Verdict {
  readonly rules: readonly string[];
  /** A pair that may be a real difference; undefined if all pairs are noise. */
  readonly unexplained?: ValuePair | undefined;
}

function rulesFor(place: PlaceEvidence, totals: ReadonlyMap<string, readonly PlaceEvidence[]>): Verdict {
  if (place.place === 'text') return judgeLines(place);
  if (place.place.startsWith('order:')) return { rules: [place.place] };
  const unexplained = place.pairs[0]!;
  if (place.pairs.some(({ recorded, replayed }) => recorded === undefined || replayed === undefined)) {
    return { rules: [], unexplained };
  }
  const alike = totals.get(nameOf(place.place))!;
  const frequency = {
    compared: sum(alike.map(comparisonsOf)),
    differed: sum(alike.map(({ differed }) => differed)),
  };
  const pairs = alike.flatMap((each) => each.pairs);
  const name = nameOf(place.place);
  const shape = noiseShape(name, place.pairs, place.differed < 3 ? frequency : frequencyOf(place));
  const byAll = shape ?? (alike.length > 1 ? noiseShape(name, pairs, frequency) : undefined);
  if (byAll === undefined) return { rules: [], unexplained };
  const path = byAll === 'any' ? pathNoise(place.pairs) : undefined;
  return { rules: [`${path ?? `type:${byAll}`} ${place.place}`] };
}

/** Judges each pair of lines of text separately. */
function judgeLines({ pairs }: PlaceEvidence): Verdict {
  const rules = new Set<string>();
  let unexplained: ValuePair | undefined;
  for (const pair of pairs) {
    const { recorded, replayed } = pair;
    const isPair = typeof recorded === 'string' && typeof replayed === 'string';
    const rule = isPair ? textNoise(recorded, replayed) : undefined;
    if (rule !== undefined) rules.add(rule);
    else unexplained ??= pair;
  }
  return { rules: [...rules], unexplained };
}

function generalized(noise: readonly Noise[]): LearnedRule[] {
  const byRule = groupBy(noise, ({ rule }) => rule);
  const byName = groupBy(
    noise.filter(({ evidence, rule }) => evidence.place.startsWith('$') && rule.startsWith('type:')),
    ({ evidence, rule }) => `${rule.split(' ')[0]} ${nameOf(evidence.place)}`,
  );
  const rules: LearnedRule[] = [];
  const done = new Set<Noise>();
  for (const [rule, all] of byRule) {
    if (all.length < MANY_ENDPOINTS && !(all.length > 1 && /header:|cookie:/.test(rule))) continue;
    rules.push({ text: rule, endpoint: undefined, ...origin(all) });
    for (const each of all) done.add(each);
  }
  for (const all of byName.values()) {
    const left = all.filter((each) => !done.has(each));
    const [first] = left;
    const name = first && memberName(first.evidence.place);
    if (left.length < MANY_ENDPOINTS || name === undefined) continue;
    rules.push({ text: `${first!.rule.split(' ')[0]} $..${name}`, endpoint: undefined, ...origin(left) });
    for (const each of left) done.add(each);
  }
  for (const each of noise) {
    if (!done.has(each)) rules.push({ text: each.rule, endpoint: each.evidence.endpoint, ...origin([each]) });
  }
  return rules;
}

function origin(noise: readonly Noise[]): Pick<LearnedRule, 'from' | 'frequency'> {
  const evidence = noise.map((each) => each.evidence);
  return {
    from: evidence.map(({ endpoint }) => endpoint),
    frequency: {
      compared: sum(evidence.map(comparisonsOf)),
      differed: sum(evidence.map(({ differed }) => differed)),
    },
  };
}

/**
 * The number of comparisons of a place: at least the number of its differences, because equal values are not always recorded.
 */
function comparisonsOf({ compared, differed }: PlaceEvidence): number {
  return Math.max(compared, differed);
}

function frequencyOf(place: PlaceEvidence): Frequency {
  return { compared: comparisonsOf(place), differed: place.differed };
}

/** The name of a header, cookie or parameter, or of the last member of a path. */
function nameOf(place: string): string {
  return memberName(place)?.replace(/^\['|'\]$/g, '') ?? place.replace(/^\w+:/, '');
}

/** The last member of a path, as written there: `id` or `['odd name']`. */
function memberName(path: string): string | undefined {
  if (!path.startsWith('$')) return undefined;
  const found = /(?:\.([^.[\]']+)|(\['(?:[^'\\]|\\.)*'\]))(?:\[\*\])*$/.exec(path);
  return found ? (found[1] ?? found[2]) : undefined;
}

function restLine({ endpoint, place, differed, compared }: PlaceEvidence, { recorded, replayed }: ValuePair): string {
  const shown = (value: unknown) => (value === undefined ? 'missing' : showValue(value));
  const { method, host, path } = endpoint;
  const often = `${differed} of ${Math.max(compared, differed)}`;
  return `${method} ${host}${path}  ${place}: ${shown(recorded)} → ${shown(replayed)} (${often})`;
}

/** A filter for the requests of an endpoint. @param withHost whether to include the host */
export function filterFor({ method, host, path }: Endpoint, withHost: boolean): string {
  const glob = (withHost ? host : '') + path.split('/').map(segmentGlob).join('/');
  return `~m ${method} & ~g ${/^[\w./*:-]+$/.test(glob) ? glob : JSON.stringify(glob)}`;
}

function segmentGlob(segment: string): string {
  return segment === ID ? '*' : segment.replace(/[\\*?[\]{}()!+@|]/g, '\\$&');
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const known = groups.get(keyOf(item));
    if (known) known.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
