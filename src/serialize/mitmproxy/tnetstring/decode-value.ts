import { TAG } from './tnetstring.js';
import type { TnetstringDecoder } from './tnetstring-decoder.js';

/** Maximum nesting of lists and dictionaries. */
const DEEPEST = 64;

/** Decodes any item to the closest JavaScript value. @throws TnetstringError */
export function decodeValue(input: TnetstringDecoder, depth = 0): unknown {
  input.item();
  if (input.hole) input.fail('value too large');
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
      return input.fail('unknown item type');
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
  // Own properties are defined rather than set, so that `__proto__` is an ordinary key.
  return Object.fromEntries(entries);
}

/** Enters the current item, a list or a dictionary. @returns the end of its items */
function enter(input: TnetstringDecoder, depth: number): number {
  if (depth === DEEPEST) input.fail('nesting too deep');
  input.at = input.start;
  return input.end;
}
