const CR = 13;
const LF = 10;
const SP = 32;
const HTAB = 9;

/**
 * Field lines as they may go on: each ends in CRLF, and a line that was folded (obs-fold, RFC 9112 section 5.2) is one
 * line, with a space for each fold. Lines that are folded into nothing are left out.
 * @param block whole lines, ended by CRLF or by LF alone
 */
export function mendLines(block: Buffer): Buffer {
  // A line end of one byte can become two.
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

function isBlank(byte: number | undefined): boolean {
  return byte === SP || byte === HTAB;
}
