/** Names and values, as pairs or as an object. */
export type PairsInit = Iterable<readonly [name: string, value: string]> | Readonly<Record<string, string>>;

/** Returns the new value of a pair, an array to replace it with several pairs, or undefined to remove it. */
export type PairChange = (value: string, index: number) => string | readonly string[] | undefined;

/**
 * A live view of decoded name-value pairs. It has no state of its own: reading parses the message, and a change alters only the
 * bytes of the pair that is changed. Names are case-sensitive.
 */
export abstract class Pairs implements Iterable<[name: string, value: string]> {
  /** Decoded names and values, in order. */
  abstract [Symbol.iterator](): IterableIterator<[name: string, value: string]>;

  /** Adds a pair at the end. */
  abstract append(name: string, value: string): void;

  /**
   * Changes the pairs with this name one by one. A pair whose value stays the same keeps its bytes.
   * @param change receives a value and its index among the pairs with this name
   * @returns whether anything changed
   */
  abstract rewrite(name: string, change: PairChange): boolean;

  /** Replaces all pairs. */
  abstract replace(pairs: PairsInit): void;

  /** The first value with this name, decoded. */
  get(name: string): string | undefined {
    for (const [key, value] of this) if (key === name) return value;
    return undefined;
  }

  /** All values with this name, decoded, in order. */
  getAll(name: string): string[] {
    const values: string[] = [];
    for (const [key, value] of this) if (key === name) values.push(value);
    return values;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Replaces all pairs with this name. The first keeps its place; a new name is added at the end. */
  set(name: string, value: string | readonly string[]): void {
    const values = typeof value === 'string' ? [value] : value;
    const first = values.length === 1 ? values[0]! : values;
    if (this.has(name)) this.rewrite(name, (_, index) => (index === 0 ? first : undefined));
    else for (const text of values) this.append(name, text);
  }

  /** Removes all pairs with this name. @returns whether a pair was removed */
  delete(name: string): boolean {
    return this.rewrite(name, () => undefined);
  }

  entries(): IterableIterator<[name: string, value: string]> {
    return this[Symbol.iterator]();
  }

  /** The name of each pair, in order. */
  *keys(): IterableIterator<string> {
    for (const [name] of this) yield name;
  }

  /** The value of each pair, in order. */
  *values(): IterableIterator<string> {
    for (const [, value] of this) yield value;
  }

  /** The number of pairs. */
  get length(): number {
    let count = 0;
    for (const _ of this) count++;
    return count;
  }
}

/** The entries of pairs or of an object. */
export function entriesOf(init: PairsInit): Iterable<readonly [string, string]> {
  return Symbol.iterator in init ? (init as Iterable<readonly [string, string]>) : Object.entries(init);
}

/** The result of a `PairChange` as an array. */
export function valuesOf(value: string | readonly string[] | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : (value ?? []);
}
