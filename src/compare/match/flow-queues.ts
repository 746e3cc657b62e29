interface Entry<Item> {
  readonly item: Item;
  readonly texts: readonly string[];
  taken: boolean;
}

/** Entries in order; those before `first` were taken. */
interface Queue<Item> {
  entries: Entry<Item>[];
  first: number;
}

/** Items in insertion order, with a queue for each text that items share. */
export class FlowQueues<Item> {
  size = 0;
  private readonly byText = new Map<string, Queue<Item>>();
  private readonly order: Queue<Item> = { entries: [], first: 0 };

  /** @param texts by which the item can be taken */
  add(item: Item, ...texts: readonly string[]): void {
    const { order } = this;
    if (order.entries.length > 2 * this.size + 64) this.compact();
    const entry = { item, texts, taken: false };
    order.entries.push(entry);
    this.addTo(entry);
    this.size++;
  }

  /** Takes the oldest item with this text, or the oldest that passes a test. */
  take(text: string, test?: (item: Item) => boolean): Item | undefined {
    const queue = this.byText.get(text);
    return queue && this.takeFrom(queue, test);
  }

  takeOldest(): Item | undefined {
    return this.takeFrom(this.order);
  }

  /** The items that were not taken, in their order. */
  all(): Item[] {
    return this.order.entries.filter(({ taken }) => !taken).map(({ item }) => item);
  }

  private takeFrom(queue: Queue<Item>, test?: (item: Item) => boolean): Item | undefined {
    const { entries } = queue;
    while (entries[queue.first]?.taken) queue.first++;
    for (let at = queue.first; at < entries.length; at++) {
      const entry = entries[at]!;
      if (entry.taken || (test && !test(entry.item))) continue;
      entry.taken = true;
      this.size--;
      return entry.item;
    }
    return undefined;
  }

  private addTo(entry: Entry<Item>): void {
    for (const text of entry.texts) {
      const queue = this.byText.get(text);
      if (queue) queue.entries.push(entry);
      else this.byText.set(text, { entries: [entry], first: 0 });
    }
  }

  /** Drops the entries that were taken. */
  private compact(): void {
    this.order.entries = this.order.entries.filter(({ taken }) => !taken);
    this.order.first = 0;
    this.byText.clear();
    for (const entry of this.order.entries) this.addTo(entry);
  }
}
