import { isUtf8 } from 'node:buffer';
import type { Input } from '../../input/input.js';
import { JsonError, parseJson } from './json-error.js';
import { type LargeValueOptions, LargeValueReader } from './large-value.js';
import { restoreTexts } from './long-text.js';
import { isSpace } from './nesting.js';
import { ValueExtent } from './value-extent.js';

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** Values up to this size are parsed directly from the window. */
export const SMALL_VALUE = 1024 * 1024;

/**
 * Reads the value at the input's position, and moves past it. Strings of a large value may be `LongText`, see
 * `restoreTexts`.
 * @throws JsonError; the input stays at a small value, or where the damage of a large one was detected
 */
export function readValue(input: Input, options: LargeValueOptions): unknown | Promise<unknown> {
  const extent = new ValueExtent();
  const end = extent.find(input.buffer, input.at);
  return end === undefined ? readBeyondWindow(input, extent, options) : parse(input, end, options);
}

async function readBeyondWindow(input: Input, extent: ValueExtent, options: LargeValueOptions): Promise<unknown> {
  for (let available = input.buffer.length - input.at; available < SMALL_VALUE; ) {
    const before = available;
    available = await input.fill(before + 1);
    if (available <= before) throw new JsonError('the end is cut off', true);
    const end = extent.find(input.buffer, input.at);
    if (end !== undefined) return parse(input, end, options);
  }
  return restoreTexts(await new LargeValueReader(input, options).read());
}

/** Skips the value at the input's position, of any size. @throws JsonError */
export async function skipValue(input: Input): Promise<void> {
  const extent = new ValueExtent();
  for (;;) {
    const end = extent.find(input.buffer, input.at);
    if (end !== undefined) {
      input.at = end;
      return;
    }
    input.at += extent.pass();
    const before = input.buffer.length - input.at;
    if ((await input.fill(before + 1)) <= before) throw new JsonError('the end is cut off', true);
  }
}

/** Moves to the next byte that is not white space. @returns that byte; undefined at the end */
export async function skipSpace(input: Input): Promise<number | undefined> {
  for (;;) {
    for (; input.at < input.buffer.length; input.at++) {
      const byte = input.buffer[input.at]!;
      if (!isSpace(byte)) return byte;
    }
    if ((await input.fill(1)) === 0) return undefined;
  }
}

/** Skips a byte order mark at the beginning of a text. */
export async function skipByteOrderMark(input: Input): Promise<void> {
  if (input.buffer.length - input.at < BYTE_ORDER_MARK.length) await input.fill(BYTE_ORDER_MARK.length);
  const end = input.at + BYTE_ORDER_MARK.length;
  if (input.buffer.subarray(input.at, end).equals(BYTE_ORDER_MARK)) input.at = end;
}

function parse(input: Input, end: number, { onInvalidUtf8 }: LargeValueOptions): unknown {
  const text = input.buffer.toString('utf8', input.at, end);
  if (onInvalidUtf8 && text.includes('\ufffd') && !isUtf8(input.buffer.subarray(input.at, end))) onInvalidUtf8();
  const value = parseJson(text);
  input.at = end;
  return value;
}
