import { Headers } from '../../../flow/http/headers.js';
import { TAG } from './tnetstring.js';
import type { TnetstringDecoder } from './tnetstring-decoder.js';
import type { TnetstringEncoder } from './tnetstring-encoder.js';

/** Names and values as mitmproxy has them: whatever HTTP/2 or a script made of them. */
export type Pair = readonly [name: Buffer, value: Buffer];

export interface DecodedPairs {
  headers: Headers;
  /** There if a field block cannot say the same, for example because a value has a line break. */
  odd: Pair[] | undefined;
}

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;

/** Takes a list of pairs; undefined for null. @throws TnetstringError */
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
    to = block.writeUInt16BE((COLON << 8) | SPACE, to);
    const value = to;
    to += bytes.copy(block, to, at[pair + 2], at[pair + 3]);
    odd = isOdd(block, start, split, value, to) || odd;
    to = block.writeUInt16BE((CR << 8) | LF, to);
  }
  if (!odd) return { headers: new Headers(block), odd: undefined };
  const pairs = pairsAt(bytes, at);
  const headers = new Headers(blockOf(pairs));
  return { headers, odd: saysTheSame(headers, pairs) ? undefined : pairs };
}

/** Appends fields as pairs. Called for the last thing first, like all that encodes. */
export function encodePairs(out: TnetstringEncoder, headers: Headers, odd: readonly Pair[] | undefined): void {
  const list = out.open(TAG.list);
  // The pairs that were read, unless somebody changed the fields since.
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

function saysTheSame(headers: Headers, pairs: readonly Pair[]): boolean {
  const fields = [...headers];
  if (fields.length !== pairs.length) return false;
  return fields.every((field, at) => field.every((text, part) => pairs[at]![part]!.toString('latin1') === text));
}

/** Whether a line, once it is parsed again, may be another name or value. */
function isOdd(block: Buffer, start: number, split: number, value: number, end: number): boolean {
  if (start === split || isBlank(block[start]!) || isBlank(block[split - 1]!)) return true;
  // Names of HTTP/2 pseudo-headers begin with a colon.
  if (block.indexOf(COLON, block[start] === COLON ? start + 1 : start) !== split) return true;
  if (value < end && (isBlank(block[value]!) || isBlank(block[end - 1]!))) return true;
  return holds(block, start, end, CR) || holds(block, start, end, LF) || holds(block, start, end, 0);
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
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

/** The field block that comes closest: what would end a line or a name becomes a space. A folded value stays one. */
function blockOf(pairs: readonly Pair[]): Buffer {
  const lines = pairs.map(([name, value]) => {
    const safe = name.toString('latin1').replace(/[\0\r\n]|(?!^):/g, ' ');
    const text = value.toString('latin1').replace(/\r\n(?![ \t])|\r(?!\n)|(?<!\r)\n|\0/g, ' ');
    return `${safe}: ${text}\r\n`;
  });
  return Buffer.from(lines.join(''), 'latin1');
}
