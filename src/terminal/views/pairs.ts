const MAX_WIDTH = 32;

/** Formats one pair per line with aligned values; further lines of a value are aligned with its first. */
export function* alignedPairs(pairs: readonly (readonly [name: string, value: string])[]): Generator<string> {
  let width = 0;
  for (const [name] of pairs) if (name.length <= MAX_WIDTH) width = Math.max(width, name.length);
  for (const [name, value] of pairs) {
    const lines = value.replaceAll('\n', `\n${' '.repeat(width + 2)}`);
    yield `${`${name}:`.padEnd(width + 1)} ${lines}\n`;
  }
}
