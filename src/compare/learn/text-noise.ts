import { SHAPES, type ShapeName } from '../rules/shapes.js';
import { differingMiddles, isToken } from './noise.js';

/** Longest text before a token that a regex repeats. */
const LONGEST_CONTEXT = 30;

/**
 * A rule for two lines of text that differ by chance: the shape of what differs, or a regex for a random token behind the text
 * that precedes it.
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
  // A single token is not told from the text around it.
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
