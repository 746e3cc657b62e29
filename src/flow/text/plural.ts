/** A number with its noun: `1 flow`, `2 flows`. @param nouns the plural, if it is irregular */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : nouns}`;
}
