import { CR, HTAB, LF, SP } from '../../../flow/text/ascii.js';

/**
 * Field lines to forward: each ends in CRLF, and a folded line (obs-fold, RFC 9112 section 5.2) becomes a single line
 * with a space for each fold. Lines that consist of folds only are dropped.
 * @param block complete lines that end in CRLF or a bare LF
 */
export function mendLines(block: Buffer): Buffer {
  // A line end can grow from one byte to two.
  const mended = Buffer.allocUnsafe(2 * block.length);
  let to = 0;
  let at = 0;
  while (isBlank(block[at])) at = block.indexOf(LF, at) + 1 || block.length;
  while (at < block.length) {
    const byte = block[at]!;
    const size = byte === LF ? 1 : byte === CR && block[at + 1] === LF ? 2 : 0;
    if (size === 0) {
      mended[to++] = byte;
      at++;
      continue;
    }
    at += size;
    if (isBlank(block[at])) {
      while (to > 0 && isBlank(mended[to - 1])) to--;
      while (isBlank(block[at])) at++;
      mended[to++] = SP;
    } else {
      mended[to++] = CR;
      mended[to++] = LF;
    }
  }
  return mended.subarray(0, to);
}

/** Removes white space between names and colons. @param block lines without folds */
export function withoutSpacedColons(block: Buffer): Buffer {
  return Buffer.from(block.toString('latin1').replace(/(^|\n)([^\s:]+)[ \t]+:/g, '$1$2:'), 'latin1');
}

function isBlank(byte: number | undefined): boolean {
  return byte === SP || byte === HTAB;
}
