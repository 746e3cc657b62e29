import { commonEnds } from '../common-ends.js';
import { foldIds, ID } from '../results/endpoint.js';
import type { ShapeName } from '../rules/shapes.js';
import { SHAPES } from '../rules/shapes.js';

/** The recorded and the replayed value of one place. */
export interface ValuePair {
  readonly recorded: unknown;
  readonly replayed: unknown;
}

/** The numbers of comparisons and of differences of a place. */
export interface Frequency {
  readonly compared: number;
  readonly differed: number;
}

/** Shapes that are noise wherever they differ. */
const NOISE_SHAPES = ['uuid', 'jwt', 'timestamp'] as const;

/** A place must differ this often to be noise because of its frequency alone. */
const OFTEN = 3;
const NEARLY_ALWAYS = 0.9;

/** Names of numbers that measure the server and have no business meaning. */
const MEASURES =
  /(?:^|[^a-z])(?:took|elapsed|duration|latency|runtime|uptime|time|timing|timings|ms|millis|micros|nanos|seconds|nonce|seed|random|rand|entropy|load|memory|heap|rss|cpu|pid|sequence|seq|trace|span|build|age|ttl|expires?in|remaining|ratelimit|counter|hits|offset|lag)(?:$|[^a-z])/i;

/**
 * The shape that a rule can ignore if a place is noise, that is, differs by chance. Values with a business meaning are not
 * noise: flags, a few alternating values, numbers that are mostly equal.
 * @param name of the place: of a header, or of the last member of a path
 * @returns undefined if the difference may be a real one
 */
export function noiseShape(name: string, pairs: readonly ValuePair[], frequency: Frequency): ShapeName | undefined {
  for (const shape of NOISE_SHAPES) {
    if (pairs.every(({ recorded, replayed }) => SHAPES[shape].fits(recorded) && SHAPES[shape].fits(replayed)))
      return shape;
  }
  for (const shape of NOISE_SHAPES) if (pairs.every((pair) => differsOnlyIn(shape, pair))) return shape;
  if (pairs.every(isFractionPair)) return 'number';
  if (pairs.every(isTokenPair)) return 'any';
  const isNumeric = pairs.every(
    ({ recorded, replayed }) => SHAPES.number.fits(recorded) && SHAPES.number.fits(replayed),
  );
  if (isNumeric && (MEASURES.test(spaced(name)) || differsAlways(pairs, frequency))) return 'number';
  if (!pairs.every(isTextPair) || !differsAlways(pairs, frequency)) return undefined;
  return pairs.every((pair) => differsOnlyIn('number', pair)) ? 'number' : 'any';
}

/** The beginning of a path or a URL. */
const PATH = /^(?:[a-z][a-z\d+.-]*:\/)?\//i;

/** Whether two texts are equal but for parts of a shape, such as the id in a path. */
function differsOnlyIn(name: ShapeName, { recorded, replayed }: ValuePair): boolean {
  if (typeof recorded !== 'string' || typeof replayed !== 'string') return false;
  return SHAPES[name].mask(recorded) === SHAPES[name].mask(replayed);
}

/**
 * A regex for values that are paths or URLs which differ only in segments that are random tokens. A rule for the whole value would
 * hide changes of the path.
 * @returns undefined if the values are something else
 */
export function pathNoise(pairs: readonly ValuePair[]): string | undefined {
  const regexes = new Set<string | undefined>();
  for (const { recorded, replayed } of pairs) {
    const areTexts = typeof recorded === 'string' && typeof replayed === 'string';
    regexes.add(areTexts && PATH.test(recorded) ? pathRegex(recorded.split('/'), replayed.split('/')) : undefined);
  }
  const [regex] = regexes;
  return regexes.size === 1 ? regex : undefined;
}

/** Any segment matches in place of ids, also of those that are equal: a rule has no values that may be secret. */
function pathRegex(recorded: readonly string[], replayed: readonly string[]): string | undefined {
  if (recorded.length !== replayed.length) return undefined;
  const segments: string[] = [];
  for (const [at, was] of recorded.entries()) {
    const now = replayed[at]!;
    if (was !== now && !(isToken(was) && isToken(now))) return undefined;
    segments.push(was !== now || isToken(was) || foldIds(was) === ID ? '[^\\/]+' : escaped(was));
  }
  return `/^${segments.join('\\/')}$/`;
}

/** `tookMs` and `took_ms` as words. */
function spaced(name: string): string {
  return name.replace(/([a-z\d])([A-Z])/g, '$1 $2').replaceAll('_', ' ');
}

/** Whether a place differs nearly always, with new values each time. */
function differsAlways(pairs: readonly ValuePair[], { compared, differed }: Frequency): boolean {
  const values = new Set(pairs.flatMap(({ recorded, replayed }) => [recorded, replayed]));
  return differed >= OFTEN && differed >= compared * NEARLY_ALWAYS && values.size > pairs.length;
}

function isTextPair({ recorded, replayed }: ValuePair): boolean {
  return typeof recorded === 'string' && typeof replayed === 'string';
}

/** Numbers with seven or more decimals are measured or random. */
function isFractionPair({ recorded, replayed }: ValuePair): boolean {
  return [recorded, replayed].every((value) => SHAPES.number.fits(value) && /\.\d{7,}/.test(String(value)));
}

/** Whether two texts are random except for a common beginning and end, such as `req_8f3k2p` and `req_x71mq4`. */
function isTokenPair({ recorded, replayed }: ValuePair): boolean {
  if (typeof recorded !== 'string' || typeof replayed !== 'string') return false;
  const middles = differingMiddles(recorded, replayed);
  return middles.every(isToken);
}

/** The differing parts of two texts, extended to whole tokens. */
export function differingMiddles(one: string, other: string): [string, string] {
  let { start, tail } = commonEnds(one, other);
  while (start > 0 && isTokenCharacter(one[start - 1]!)) start--;
  while (tail > 0 && isTokenCharacter(one[one.length - tail]!)) tail--;
  return [one.slice(start, one.length - tail), other.slice(start, other.length - tail)];
}

function isTokenCharacter(character: string): boolean {
  return /[A-Za-z\d]/.test(character);
}

/** Whether a text looks random: at least eight letters and digits without a pattern. */
export function isToken(text: string): boolean {
  if (text.length < 8 || !/^[\w+/=.~%:-]+$/.test(text)) return false;
  if (/^\d+$/.test(text)) return text.length >= 16;
  const words = text.split(/[^A-Za-z\d]+/);
  return (
    words.some((word) => word.length >= 8 && switches(word) >= 3) || (/^[0-9a-f]{16,}$/i.test(text) && /\d/.test(text))
  );
}

/** The number of changes between small letters, capitals and digits: low in words and versions. */
function switches(word: string): number {
  let count = 0;
  for (let at = 1; at < word.length; at++) if (classOf(word[at]!) !== classOf(word[at - 1]!)) count++;
  return count;
}

function classOf(character: string): 'digit' | 'capital' | 'letter' {
  if (/\d/.test(character)) return 'digit';
  return /[A-Z]/.test(character) ? 'capital' : 'letter';
}

/** Maximum number of characters before a token that the regex includes. */
const LONGEST_CONTEXT = 30;

/**
 * A rule for two lines of text that differ by chance: the shape of the differing text, or a regex for a random token after its
 * preceding text.
 * @returns undefined if the difference may be a real one
 */
export function textNoise(recorded: string, replayed: string): string | undefined {
  for (const shape of ['uuid', 'jwt', 'timestamp'] as const satisfies readonly ShapeName[]) {
    const masked = SHAPES[shape].mask(recorded);
    if (masked !== recorded && masked === SHAPES[shape].mask(replayed)) return `type:${shape}`;
  }
  const [was, now] = differingMiddles(recorded, replayed);
  if (!isToken(was) || !isToken(now)) return undefined;
  const before = recorded.slice(0, recorded.indexOf(was)).slice(-LONGEST_CONTEXT).trimStart();
  // Without preceding text, the regex would match any token.
  if (!/[A-Za-z]/.test(before)) return undefined;
  return `/${escaped(before)}[${characterClass(was + now)}]+/`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function characterClass(characters: string): string {
  const others = [...new Set(characters.replace(/[\w]/g, ''))].sort();
  return `\\w${others.map((character) => (character === '-' ? '' : escaped(character))).join('')}${others.includes('-') ? '-' : ''}`;
}
