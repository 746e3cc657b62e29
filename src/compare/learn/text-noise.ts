import { SHAPES, type ShapeName } from '../rules/shapes.js';
import { differingMiddles, isToken } from './noise.js';

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
