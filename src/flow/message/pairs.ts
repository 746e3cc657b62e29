/** Names and values for `replace`, as pairs or as an object. */
export type PairsInit = Iterable<readonly [name: string, value: string]> | Readonly<Record<string, string>>;

/** Gives the new value of one pair, several for as many pairs, or undefined to remove it. */
export type PairChange = (value: string, index: number) => string | readonly string[] | undefined;

/**
 * A live view of named values, decoded. It holds nothing: reading takes a message apart, and a change alters only the bytes of
 * what is changed. Names are compared as they are, case and all.
 */
export abstract class Pairs implements Iterable<[name: string, value: string]> {
  /** Names and values in their order, decoded. */
  abstract [Symbol.iterator](): IterableIterator<[name: string, value: string]>;

  /** Adds a pair at the end. */
  abstract append(name: string, value: string): void;

  /**
   * Changes the pairs with this name one by one; a pair that gets the value it has keeps its bytes.
   * @param change gets a value and its index among those with this name
   * @returns whether anything changed
   */
  abstract rewrite(name: string, change: PairChange): boolean;

  /** Removes everything, and writes other pairs. */
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

  /** Gives a name this value, or these: the first pair keeps its place, others with the name go, a new one comes at the end. */
  set(name: string, value: string | readonly string[]): void {
    const values = typeof value === 'string' ? [value] : value;
    const first = values.length === 1 ? values[0]! : values;
    if (this.has(name)) this.rewrite(name, (_, index) => (index === 0 ? first : undefined));
    else for (const text of values) this.append(name, text);
  }

  /** Removes all pairs with this name and says whether there were any. */
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

/** The entries of what a caller gives as pairs. */
export function entriesOf(init: PairsInit): Iterable<readonly [string, string]> {
  return Symbol.iterator in init ? (init as Iterable<readonly [string, string]>) : Object.entries(init);
}

/** The values that a change gives. */
export function valuesOf(value: string | readonly string[] | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : (value ?? []);
}
