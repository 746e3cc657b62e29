import { randomRegex } from '../regex/random-regex.js';
import type { Random } from '../support/random.js';

/** Regexes that match some of the samples and not others. */
// biome-ignore format: a table
const REGEXES = [
  'example', 'api', 'com', 'users', 'HTTP', 'json', '^Host', 'host: a', 'hello', '\\d', '\\d{4}', '\\.org', '10.0', ':53',
  'caf.', 'Gr', '^GET$', 'p', 'E', '7', 'name.*id', 'line$', '^second', 'line.second', 'state', '[a-c]b', 'x|y', 'a&b', '80',
  'static|mail', 'é', 'Ã', '\\xff', '\\W\\W', 'ready', 'T-1', 'star', '^$', 'png', 'tEXT', 'webSocket', '\\s', 'secret one',
];
const NULLARY = [
  'all',
  'http',
  'tcp',
  'udp',
  'dns',
  'websocket',
  'q',
  's',
  'e',
  'marked',
  'replay',
  'replayq',
  'replays',
  'a',
];
// biome-ignore format: a table
const REGEX_OPERATORS = [
  'm', 'd', 'u', 'src', 'dst', 'h', 'hq', 'hs', 't', 'tq', 'ts', 'b', 'bq', 'bs', 'marker', 'comment', 'meta',
];
const CODES = ['200', '201', '404', '502', '0200', '101', '7'];

/** An expression of mitmproxy's grammar that has none of its traps. */
export function randomExpression(random: Random): string {
  return Array.from({ length: 1 + random.below(2) }, () => or(random, 2)).join(' ');
}

function or(random: Random, depth: number): string {
  return Array.from({ length: 1 + random.below(2) }, () => and(random, depth)).join(' | ');
}

function and(random: Random, depth: number): string {
  return Array.from({ length: 1 + random.below(2) }, () => not(random, depth)).join(' & ');
}

function not(random: Random, depth: number): string {
  return random.pick(['', '', '!', '! ', '!!']) + primary(random, depth);
}

function primary(random: Random, depth: number): string {
  if (depth > 0 && random.below(4) === 0) return `( ${or(random, depth - 1)} )`;
  switch (random.below(4)) {
    case 0:
      return `~${random.pick(NULLARY)}`;
    case 1:
      return random.below(2) === 0 ? `~c ${random.pick(CODES)}` : regex(random);
    default:
      return `~${random.pick(REGEX_OPERATORS)} ${regex(random)}`;
  }
}

/** A word where one is possible, else a string. */
function regex(random: Random): string {
  const generated = random.below(3) === 0 ? randomRegex(random, false) : '';
  // Python takes too long for a long one on subjects of this size; with (?x) it need not be valid.
  const usable = generated !== '' && generated.length < 25 && !generated.startsWith('(?x');
  const source = usable ? generated : random.pick(REGEXES);
  if (/^[^\s()~'"&|!]+$/.test(source) && random.below(2) === 0) return source;
  const quote = random.pick(['"', "'"]);
  return quote + source.replace(/[\\"']/g, '\\$&') + quote;
}
