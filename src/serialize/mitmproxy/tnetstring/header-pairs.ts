import { Headers } from '../../../flow/http/headers.js';
import { COLON, CR, HTAB, LF, SP } from '../../../flow/text/ascii.js';
import { TAG } from './tnetstring.js';
import type { TnetstringDecoder } from './tnetstring-decoder.js';
import type { TnetstringEncoder } from './tnetstring-encoder.js';

/** Names and values in mitmproxy's form; HTTP/2 and scripts can produce any bytes. */
export type Pair = readonly [name: Buffer, value: Buffer];

export interface DecodedPairs {
  headers: Headers;
  /** The pairs, if a field block cannot represent them, for example because a value contains a line break. */
  odd: Pair[] | undefined;
}

/** Decodes a list of pairs; undefined for null. @throws TnetstringError */
export function decodePairs(input: TnetstringDecoder): DecodedPairs | undefined {
  const end = input.enterOptional(TAG.list);
  if (end === undefined) return undefined;
  const { bytes } = input;
  const at: number[] = [];
  let size = 0;
  while (input.at < end) {
    const pairEnd = input.enter(TAG.list);
    for (let part = 0; part < 2; part++) {
      input.item();
      input.checkString();
      at.push(input.start, input.end);
      size += input.end - input.start + 2;
    }
    input.leave(pairEnd);
  }
  input.leave(end);
  const block = Buffer.allocUnsafe(size);
  let odd = false;
  for (let pair = 0, to = 0; pair < at.length; pair += 4) {
    const start = to;
    to += bytes.copy(block, to, at[pair], at[pair + 1]);
    const split = to;
    to = block.writeUInt16BE((COLON << 8) | SP, to);
    const value = to;
    to += bytes.copy(block, to, at[pair + 2], at[pair + 3]);
    odd = isOdd(block, start, split, value, to) || odd;
    to = block.writeUInt16BE((CR << 8) | LF, to);
  }
  if (!odd) return { headers: new Headers(block), odd: undefined };
  const pairs = pairsAt(bytes, at);
  const headers = new Headers(blockOf(pairs));
  return { headers, odd: isEquivalent(headers, pairs) ? undefined : pairs };
}

/** Appends fields as pairs. Like all encoders, it is called for the last item first. */
export function encodePairs(out: TnetstringEncoder, headers: Headers, odd: readonly Pair[] | undefined): void {
  const list = out.open(TAG.list);
  // Use the original pairs, unless the fields were changed.
  if (odd && blockOf(odd).equals(headers.bytes)) {
    for (let at = odd.length - 1; at >= 0; at--) encodePair(out, odd[at]![0], odd[at]![1]);
  } else {
    const fields = [...headers];
    for (let at = fields.length - 1; at >= 0; at--) encodePair(out, fields[at]![0], fields[at]![1]);
  }
  out.close(list);
}

function encodePair(out: TnetstringEncoder, name: Buffer | string, value: Buffer | string): void {
  const pair = out.open(TAG.list);
  out.bytes(value);
  out.bytes(name);
  out.close(pair);
}

function isEquivalent(headers: Headers, pairs: readonly Pair[]): boolean {
  const fields = [...headers];
  if (fields.length !== pairs.length) return false;
  return fields.every((field, at) => field.every((text, part) => pairs[at]![part]!.toString('latin1') === text));
}

/** Whether a line may parse as another name or value. */
function isOdd(block: Buffer, start: number, split: number, value: number, end: number): boolean {
  if (start === split || isBlank(block[start]!) || isBlank(block[split - 1]!)) return true;
  // Names of HTTP/2 pseudo-header fields begin with a colon.
  if (block.indexOf(COLON, block[start] === COLON ? start + 1 : start) !== split) return true;
  if (value < end && (isBlank(block[value]!) || isBlank(block[end - 1]!))) return true;
  return holds(block, start, end, CR) || holds(block, start, end, LF) || holds(block, start, end, 0);
}

function isBlank(byte: number): boolean {
  return byte === SP || byte === HTAB;
}

function holds(block: Buffer, start: number, end: number, byte: number): boolean {
  return block.subarray(start, end).includes(byte);
}

function pairsAt(bytes: Buffer, at: readonly number[]): Pair[] {
  const pairs: Pair[] = [];
  for (let pair = 0; pair < at.length; pair += 4) {
    const name = Buffer.from(bytes.subarray(at[pair], at[pair + 1]));
    pairs.push([name, Buffer.from(bytes.subarray(at[pair + 2], at[pair + 3]))]);
  }
  return pairs;
}

/** The closest field block: characters that would end a line or a name become spaces. Folded values are kept. */
function blockOf(pairs: readonly Pair[]): Buffer {
  const lines = pairs.map(([name, value]) => {
    const safe = name.toString('latin1').replace(/[\0\r\n]|(?!^):/g, ' ');
    const text = value.toString('latin1').replace(/\r\n(?![ \t])|\r(?!\n)|(?<!\r)\n|\0/g, ' ');
    return `${safe}: ${text}\r\n`;
  });
  return Buffer.from(lines.join(''), 'latin1');
}
