/** Bytes with a long period that is not a power of two: a lost, duplicated or misplaced chunk changes their hash. */
export function patterned(size: number): Buffer {
  const period = Buffer.alloc(99_991);
  for (let at = 0, state = 1; at < period.length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    period[at] = state >> 16;
  }
  return Buffer.alloc(size, period);
}
