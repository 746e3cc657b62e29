import { COLON } from '../../flow/text/ascii.js';
import type { Input } from '../input/input.js';
import { isSpace, OPEN_BRACE } from '../json/text/nesting.js';

/** An entry begins with one of these keys. Few other objects in a HAR do, and none of the frequent ones. */
const KEYS: ReadonlySet<string> = new Set(
  'startedDateTime time request response cache timings pageref serverIPAddress connection comment'.split(' '),
);
const OBJECT_BEGINS = /^\{\s*"([\w-]+)"\s*:/;
const LOOK_AHEAD = 256;

/** Moves to the next possible entry. @returns false if no entry follows */
export async function findEntry(input: Input): Promise<boolean> {
  let before = 0;
  for (;;) {
    if (input.at >= input.buffer.length && (await input.fill(1)) === 0) return false;
    const byte = input.buffer[input.at]!;
    // The value of a member is not an item of a list.
    if (byte === OPEN_BRACE && before !== COLON && (await beginsEntry(input))) return true;
    if (!isSpace(byte)) before = byte;
    input.at++;
  }
}

async function beginsEntry(input: Input): Promise<boolean> {
  if (input.buffer.length - input.at < LOOK_AHEAD) await input.fill(LOOK_AHEAD);
  const key = OBJECT_BEGINS.exec(input.buffer.toString('latin1', input.at, input.at + LOOK_AHEAD))?.[1];
  return key !== undefined && (key.startsWith('_') || KEYS.has(key));
}
