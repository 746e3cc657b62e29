/**
 * A hash of a value under a key, with 53 bits. Among ten million values, the probability of a collision is 1 in 200. The only
 * effect of a collision is that a value is kept longer than necessary.
 * @param key empty for a value that is matched in any place
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
  // Zero marks a free slot of a hash table.
  return 4294967296 * (2097151 & low) + (high >>> 0) || 1;
}
