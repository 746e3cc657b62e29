/** The few items with the greatest values, greatest first; of equal ones the first that came. */
export class TopList<Item> {
  private readonly entries: { value: number; item: Item }[] = [];

  constructor(private readonly length: number) {}

  /** @param make called only if the item belongs into the list */
  add(value: number, make: () => Item): void {
    const { entries } = this;
    if (entries.length === this.length && value <= entries.at(-1)!.value) return;
    const at = entries.findIndex((entry) => entry.value < value);
    entries.splice(at < 0 ? entries.length : at, 0, { value, item: make() });
    if (entries.length > this.length) entries.pop();
  }

  get items(): Item[] {
    return this.entries.map(({ item }) => item);
  }
}
