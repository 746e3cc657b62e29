const OPEN = 123;
const CLOSE = 125;

/**
 * The start of the object around an offset. Braces in strings are counted too.
 * @param reach maximum distance
 */
export function startOfObject(text: string, at: number, reach: number): number {
  const lowest = Math.max(0, at - reach);
  for (let index = at, depth = 0; index > lowest; index--) {
    const code = text.charCodeAt(index - 1);
    if (code === CLOSE) depth++;
    else if (code === OPEN && depth-- === 0) return index - 1;
  }
  return lowest;
}

/** The end of the object around an offset, before its brace. */
export function endOfObject(text: string, at: number, reach: number): number {
  const highest = Math.min(text.length, at + reach);
  for (let index = at, depth = 0; index < highest; index++) {
    const code = text.charCodeAt(index);
    if (code === OPEN) depth++;
    else if (code === CLOSE && depth-- === 0) return index;
  }
  return highest;
}
