/** The parts of two contents that can be compared. */
type Parts = [was: Buffer, now: Buffer];

const LINE_FEED = 10;

/**
 * What can be compared of two contents that have not ended, as of streams that their clients left: more than was recorded is no
 * difference. Less is one, unless as many bytes have come, in longer lines.
 */
export function comparedParts(was: Buffer, now: Buffer): Parts {
  if (now.subarray(0, was.length).equals(was)) return [was, was];
  let [end, other] = [0, 0];
  for (;;) {
    const [next, otherNext] = [was.indexOf(LINE_FEED, end) + 1, now.indexOf(LINE_FEED, other) + 1];
    if (next > 0 && otherNext === 0 && now.length < was.length) return [was, now];
    if (next === 0 || otherNext === 0) break;
    [end, other] = [next, otherNext];
  }
  return end === 0 ? [was, now] : [was.subarray(0, end), now.subarray(0, other)];
}
