import type { StreamView } from './view.js';

const ROW = 16;
/** Rows that are made at once. */
const ROWS = 64;

/** A hex dump: offset, 16 bytes, and what of them is printable ASCII. */
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

function rows(bytes: Buffer, offset: number): string {
  const hex = bytes.toString('hex');
  const ascii = bytes.toString('latin1').replace(/[^\x20-\x7e]/g, '.');
  let text = '';
  for (let at = 0; at < bytes.length; at += ROW) {
    const position = (offset + at).toString(16).padStart(8, '0');
    const left = pairs(hex.slice(2 * at, 2 * at + ROW)).padEnd(23);
    const right = pairs(hex.slice(2 * at + ROW, 2 * at + 2 * ROW)).padEnd(23);
    text += `${position}  ${left}  ${right}  |${ascii.slice(at, at + ROW)}|\n`;
  }
  return text;
}

function pairs(hex: string): string {
  let text = '';
  for (let at = 0; at < hex.length; at += 2) text += at === 0 ? hex.slice(0, 2) : ` ${hex.slice(at, at + 2)}`;
  return text;
}
