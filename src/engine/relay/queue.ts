/** A FIFO queue whose `shift` takes constant time. */
export class Queue<Item> {
  private items: Item[] = [];
  private first = 0;

  get length(): number {
    return this.items.length - this.first;
  }

  push(item: Item): void {
    this.items.push(item);
  }

  /** Removes and returns the first item; the queue must not be empty. */
  shift(): Item {
    const item = this.items[this.first++]!;
    if (this.first === this.items.length) this.clear();
    return item;
  }

  clear(): void {
    this.items = [];
    this.first = 0;
  }
}
