/**
 * A hash of a value, or of a value under a key, with 53 bits. Two of ten million values share one with a probability of 1 in 200;
 * the only effect is that a value is kept longer than necessary.
 * @param key the place that the value counts in; empty if it counts everywhere
 */
export function hashOf(key: string, value: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let at = 0; at < key.length; at++) {
    const code = key.charCodeAt(at);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ 0x10000, 2654435761);
  low = Math.imul(low ^ 0x10000, 1597334677);
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  // Zero marks a free slot of a table.
  return 4294967296 * (2097151 & low) + (high >>> 0) || 1;
}
