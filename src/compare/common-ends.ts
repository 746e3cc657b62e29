/**
 * How many elements of two arrays, or characters of two texts, are equal at the beginning, and how many of the others at the end.
 */
export function commonEnds(was: ArrayLike<string>, now: ArrayLike<string>): { start: number; tail: number } {
  const least = Math.min(was.length, now.length);
  let start = 0;
  while (start < least && was[start] === now[start]) start++;
  let tail = 0;
  while (tail < least - start && was[was.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  return { start, tail };
}
