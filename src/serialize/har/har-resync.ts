import type { Input } from '../input/input.js';
import { COLON, isSpace, OPEN_BRACE } from '../json/text/nesting.js';

/** An entry begins with one of its keys. So do few other objects in a HAR, and none of those that are many. */
const KEYS: ReadonlySet<string> = new Set(
  'startedDateTime time request response cache timings pageref serverIPAddress connection comment'.split(' '),
);
const OBJECT_BEGINS = /^\{\s*"([\w-]+)"\s*:/;
const LOOK_AHEAD = 256;

/** Moves on to where an entry seems to begin. @returns false if there is none up to the end */
export async function findEntry(input: Input): Promise<boolean> {
  let before = 0;
  for (;;) {
    if (input.at >= input.buffer.length && (await input.fill(1)) === 0) return false;
    const byte = input.buffer[input.at]!;
    // The value of a member is no item of a list.
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
