/** A map with a size limit. When it is full, the entry that was set or used least recently is dropped. */
export class BoundedMap<Key, Value> {
  private readonly entries = new Map<Key, Value>();

  /** @param limit maximum number of entries, at least 1 */
  constructor(private readonly limit: number) {}

  get size(): number {
    return this.entries.size;
  }

  /** Returns a value without counting this as a use. */
  get(key: Key): Value | undefined {
    return this.entries.get(key);
  }

  has(key: Key): boolean {
    return this.entries.has(key);
  }

  /** Returns a value and makes its entry the newest. */
  use(key: Key): Value | undefined {
    const value = this.entries.get(key);
    if (value === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, value);
    return value;
  }

  /** Sets an entry and makes it the newest. @returns the value that was dropped for it, if the map was full */
  set(key: Key, value: Value): Value | undefined {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size <= this.limit) return undefined;
    const [oldest, dropped] = this.entries.entries().next().value!;
    this.entries.delete(oldest);
    return dropped;
  }

  delete(key: Key): boolean {
    return this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }

  /** The values, oldest first. */
  values(): IterableIterator<Value> {
    return this.entries.values();
  }
}
