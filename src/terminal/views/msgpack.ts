import { isUtf8 } from 'node:buffer';
import { looksLikeText } from './text.js';
import type { WholeView } from './view.js';

/** Deeper structures, and more items, are shown as a hex dump: the check of all items would hold up the program. */
const MAX_DEPTH = 100;
const MAX_ITEMS = 1_000_000;
const PIECE = 16 * 1024;

/**
 * MessagePack, laid out like JSON. Binary values are shown as `h'00ff'`, extensions as `ext(TYPE, h'00ff')`. Several values
 * follow each other in lines.
 */
export const msgpackView: WholeView = {
  name: 'msgpack',
  whole: true,
  matchesType: ({ essence }) =>
    /^application\/(?:x-|vnd\.)?(?:msgpack|messagepack)$/.test(essence) || /\+msgpack$/.test(essence),
  matchesContent: () => false,
  format(content, type) {
    // Each character of ASCII is a number in MessagePack, but a message that is only numbers is unlikely.
    if (content.length > 1 && isPrintable(content[0]!) && looksLikeText(content, type)) return undefined;
    try {
      // Checked first, because what was yielded cannot be taken back.
      for (const _ of itemsOf(content)) {
        // Only errors count.
      }
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
    return laidOut(content);
  },
};

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}

/** A value, or the beginning of a structure with its number of members. */
type Item = { readonly bytes: Buffer; readonly kind: Kind } | { readonly kind: 'array' | 'map'; readonly size: number };
type Kind = 'literal' | 'uint' | 'int' | 'float' | 'str' | 'bin' | 'ext';

/** All items in order. @throws RangeError if the bytes are not MessagePack */
function* itemsOf(content: Buffer): Generator<Item> {
  /** The number of items that are missing in each open structure. */
  const open: number[] = [];
  let count = 0;
  for (let at = 0; at < content.length || open.length > 0; ) {
    if (++count > MAX_ITEMS) throw new RangeError('too many items');
    const [item, end] = itemAt(content, at);
    yield item;
    at = end;
    if (open.length > 0) open[open.length - 1]!--;
    if ('size' in item && open.push(item.kind === 'map' ? 2 * item.size : item.size) > MAX_DEPTH) {
      throw new RangeError('too deep');
    }
    while (open.at(-1) === 0) open.pop();
  }
}

/** @throws RangeError */
function itemAt(content: Buffer, at: number): [item: Item, end: number] {
  const code = content.readUInt8(at);
  const data = (kind: Kind, from: number, length: number): [Item, number] => {
    if (from + length > content.length) throw new RangeError('it ends early');
    return [{ kind, bytes: content.subarray(from, from + length) }, from + length];
  };
  if (code < 0x80) return data('uint', at, 1);
  if (code < 0x90) return [{ kind: 'map', size: code & 0x0f }, at + 1];
  if (code < 0xa0) return [{ kind: 'array', size: code & 0x0f }, at + 1];
  if (code < 0xc0) return data('str', at + 1, code & 0x1f);
  if (code >= 0xe0) return data('int', at, 1);
  if (code === 0xc0 || code === 0xc2 || code === 0xc3) return data('literal', at, 1);
  if (code === 0xca || code === 0xcb) return data('float', at + 1, code === 0xca ? 4 : 8);
  if (code >= 0xcc && code <= 0xcf) return data('uint', at + 1, 1 << (code - 0xcc));
  if (code >= 0xd0 && code <= 0xd3) return data('int', at + 1, 1 << (code - 0xd0));
  // The byte of an extension's type is part of its data.
  if (code >= 0xd4 && code <= 0xd8) return data('ext', at + 1, 1 + (1 << (code - 0xd4)));
  if (code === 0xc1) throw new RangeError('not used by MessagePack');
  const [kind, width] = SIZED[code]!;
  const size = content.readUIntBE(at + 1, width);
  const from = at + 1 + width;
  if (kind === 'array' || kind === 'map') return [{ kind, size }, from];
  return data(kind, from, kind === 'ext' ? size + 1 : size);
}

/** Codes that a size follows, and its width in bytes. */
const SIZED: Readonly<Record<number, readonly [kind: 'bin' | 'ext' | 'str' | 'array' | 'map', width: number]>> = {
  196: ['bin', 1],
  197: ['bin', 2],
  198: ['bin', 4],
  199: ['ext', 1],
  200: ['ext', 2],
  201: ['ext', 4],
  217: ['str', 1],
  218: ['str', 2],
  219: ['str', 4],
  220: ['array', 2],
  221: ['array', 4],
  222: ['map', 2],
  223: ['map', 4],
};

/** @param content valid MessagePack */
function* laidOut(content: Buffer): Generator<string> {
  const open: { left: number; readonly isMap: boolean }[] = [];
  let out = '';
  for (const item of itemsOf(content)) {
    const top = open.at(-1);
    if ('size' in item) {
      const isMap = item.kind === 'map';
      if (item.size === 0) out += isMap ? '{}' : '[]';
      else {
        out += isMap ? '{' : '[';
        if (top) top.left--;
        open.push({ left: isMap ? 2 * item.size : item.size, isMap });
        out += newLine(open.length);
        continue;
      }
    } else out += textOf(item.kind, item.bytes);
    if (top) top.left--;
    out += separator(open);
    if (out.length < PIECE) continue;
    yield out;
    out = '';
  }
  yield out;
}

/** What follows a value: a colon, a comma, or the closing brackets of what has ended with it. */
function separator(open: { left: number; readonly isMap: boolean }[]): string {
  let text = '';
  for (;;) {
    const top = open.at(-1);
    if (!top) return `${text}\n`;
    if (top.left > 0) return text + (top.isMap && top.left % 2 === 1 ? ': ' : `,${newLine(open.length)}`);
    open.pop();
    text += newLine(open.length) + (top.isMap ? '}' : ']');
  }
}

function newLine(depth: number): string {
  return `\n${'    '.repeat(depth)}`;
}

function textOf(kind: Kind, bytes: Buffer): string {
  switch (kind) {
    case 'literal':
      return bytes[0] === 0xc0 ? 'null' : String(bytes[0] === 0xc3);
    case 'uint':
      return String(bytes.length === 8 ? bytes.readBigUInt64BE() : bytes.readUIntBE(0, bytes.length));
    case 'int':
      return String(bytes.length === 8 ? bytes.readBigInt64BE() : bytes.readIntBE(0, bytes.length));
    case 'float':
      return numberText(bytes.length === 8 ? bytes.readDoubleBE() : bytes.readFloatBE());
    case 'str':
      return isUtf8(bytes) ? JSON.stringify(bytes.toString()) : hex(bytes);
    case 'bin':
      return hex(bytes);
    case 'ext':
      return `ext(${bytes.readInt8()}, ${hex(bytes.subarray(1))})`;
  }
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function hex(bytes: Buffer): string {
  return `h'${bytes.toString('hex')}'`;
}
