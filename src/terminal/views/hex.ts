import { DOT } from '../../flow/text/ascii.js';
import type { StreamView } from './view.js';

const ROW = 16;
/** Rows per piece of output. */
const ROWS = 64;

/** A hex dump: offset, 16 bytes, and the same bytes as ASCII. */
export const hexView: StreamView = {
  name: 'hex',
  whole: false,
  matchesType: () => false,
  matchesContent: () => true,
  async *format(chunks) {
    let rest: Buffer = Buffer.alloc(0);
    let offset = 0;
    for await (const chunk of chunks) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const end = bytes.length - (bytes.length % ROW);
      for (let at = 0; at < end; at += ROW * ROWS) {
        yield rows(bytes.subarray(at, Math.min(end, at + ROW * ROWS)), offset + at);
      }
      offset += end;
      rest = bytes.subarray(end);
    }
    if (rest.length > 0) yield rows(rest, offset);
  },
};

/** Columns after the offset: two groups of eight bytes, then the text between bars. */
const TEXT_COLUMN = 52;
const WIDTH = TEXT_COLUMN + 1 + ROW;
const DIGITS = Buffer.from('0123456789abcdef');
const BAR = 0x7c;

function rows(bytes: Buffer, offset: number): string {
  const row = Buffer.alloc(WIDTH);
  let text = '';
  for (let start = 0; start < bytes.length; start += ROW) {
    const count = Math.min(ROW, bytes.length - start);
    row.fill(' ');
    row[TEXT_COLUMN] = BAR;
    for (let index = 0; index < count; index++) {
      const byte = bytes[start + index]!;
      const at = 2 + 3 * index + (index < ROW / 2 ? 0 : 1);
      row[at] = DIGITS[byte >> 4]!;
      row[at + 1] = DIGITS[byte & 15]!;
      row[TEXT_COLUMN + 1 + index] = byte >= 0x20 && byte < 0x7f ? byte : DOT;
    }
    text += `${(offset + start).toString(16).padStart(8, '0')}${row.toString('latin1', 0, TEXT_COLUMN + 1 + count)}|\n`;
  }
  return text;
}
