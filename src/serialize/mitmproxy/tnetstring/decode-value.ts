import { TAG } from './tnetstring.js';
import type { TnetstringDecoder } from './tnetstring-decoder.js';

/** Lists and dictionaries are understood to this depth. */
const DEEPEST = 64;

/** Takes anything, as the JavaScript value that comes closest to it. @throws TnetstringError */
export function decodeValue(input: TnetstringDecoder, depth = 0): unknown {
  input.item();
  if (input.hole) input.fail('something too large');
  switch (input.tag) {
    case TAG.bytes:
      return Buffer.from(input.bytes.subarray(input.start, input.end));
    case TAG.text:
      return input.currentText();
    case TAG.integer:
    case TAG.float:
      return input.currentNumber();
    case TAG.boolean:
      return input.currentBoolean();
    case TAG.null:
      input.checkNull();
      return null;
    case TAG.list:
      return decodeList(input, depth);
    case TAG.dictionary:
      return decodeDictionary(input, depth);
    default:
      return input.fail('an item of no known type');
  }
}

function decodeList(input: TnetstringDecoder, depth: number): unknown[] {
  const end = enter(input, depth);
  const items: unknown[] = [];
  while (input.at < end) items.push(decodeValue(input, depth + 1));
  input.leave(end);
  return items;
}

function decodeDictionary(input: TnetstringDecoder, depth: number): Record<string, unknown> {
  const end = enter(input, depth);
  const entries: [string, unknown][] = [];
  while (input.at < end) {
    const key = decodeValue(input, DEEPEST);
    entries.push([Buffer.isBuffer(key) ? key.toString('latin1') : String(key), decodeValue(input, depth + 1)]);
  }
  input.leave(end);
  // Defines, never sets: `__proto__` is a key like any other.
  return Object.fromEntries(entries);
}

/** Begins the current item, a list or a dictionary. @returns where its items end */
function enter(input: TnetstringDecoder, depth: number): number {
  if (depth === DEEPEST) input.fail('something nested too deeply');
  input.at = input.start;
  return input.end;
}
