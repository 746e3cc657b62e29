import type { PaceClock } from './clock.js';

/** An item with its start and its arrival. */
interface Entry<Item> {
  readonly item: Item;
  readonly began: number;
  /** Arrival, in milliseconds of the clock. */
  readonly came: number;
  /** The number of the arrival, which orders items with equal starts. */
  readonly number: number;
  passed: boolean;
}

export interface WindowOptions {
  /** Maximum milliseconds that an item waits for items with an earlier start. */
  readonly wait: number;
  /** Maximum number of waiting items. If it is reached, the first item is passed on. */
  readonly limit: number;
  readonly clock: PaceClock;
  /** Called if an item arrives after an item with a later start was passed on. */
  readonly onLate: () => void;
}

/**
 * Sorts items of a stream by their start, within a time window. An item is passed on when its time in the window has elapsed,
 * even if no other item arrives.
 */
export class OrderWindow<Item> {
  /** A binary heap; its root is the item with the earliest start. */
  private readonly heap: Entry<Item>[] = [];
  /** In order of arrival. Items that were passed on are removed from the front. */
  private readonly arrivals: Entry<Item>[] = [];
  private first = 0;
  private count = 0;
  private passedBegan = Number.NEGATIVE_INFINITY;
  private isEnded = false;
  private timer: Promise<void> | undefined;
  private wake: () => void = ignore;
  private onRoom: (() => void) | undefined;

  constructor(private readonly options: WindowOptions) {}

  /** @returns a promise if the next item should not be added before it resolves */
  add(item: Item, began: number): undefined | Promise<void> {
    const { clock, limit, onLate } = this.options;
    if (began < this.passedBegan) onLate();
    const entry: Entry<Item> = { item, began, came: clock.now(), number: this.count++, passed: false };
    this.arrivals.push(entry);
    this.insert(entry);
    this.wake();
    if (this.heap.length < limit) return undefined;
    return new Promise((resolve) => {
      this.onRoom = resolve;
    });
  }

  /** Ends the stream of items. */
  end(): void {
    this.isEnded = true;
    this.wake();
  }

  /** Passes items on in order, until all have been passed on after `end`. @param onItem a returned promise is awaited */
  async run(onItem: (item: Item) => void | Promise<void>): Promise<void> {
    for (;;) {
      while (this.isDue()) {
        const pending = onItem(this.shift());
        if (pending) await pending;
      }
      if (this.isEnded && this.heap.length === 0) return;
      await this.change();
    }
  }

  /** Removes all items, for example to release them. */
  *drain(): Generator<Item> {
    while (this.heap.length > 0) yield this.shift();
  }

  private isDue(): boolean {
    const { heap, options } = this;
    if (heap.length === 0) return false;
    if (this.isEnded || heap.length >= options.limit || heap[0]!.began < this.passedBegan) return true;
    return this.oldest().came + options.wait <= options.clock.now();
  }

  /** Waits for an item, the end of the stream, or the timeout of an item. */
  private change(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      if (this.heap.length === 0 || this.timer) return;
      const { wait, clock } = this.options;
      this.timer = clock.wait(this.oldest().came + wait - clock.now()).then(() => {
        this.timer = undefined;
        this.wake();
      });
    });
  }

  /** The item with the longest wait. */
  private oldest(): Entry<Item> {
    while (this.arrivals[this.first]!.passed) this.first++;
    if (this.first > 1000) {
      this.arrivals.splice(0, this.first);
      this.first = 0;
    }
    return this.arrivals[this.first]!;
  }

  private shift(): Item {
    const entry = this.removeRoot();
    entry.passed = true;
    this.passedBegan = Math.max(this.passedBegan, entry.began);
    this.onRoom?.();
    this.onRoom = undefined;
    return entry.item;
  }

  private insert(entry: Entry<Item>): void {
    const { heap } = this;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!precedes(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  private removeRoot(): Entry<Item> {
    const { heap } = this;
    const root = heap[0]!;
    const last = heap.pop()!;
    const { length } = heap;
    if (length === 0) return root;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && precedes(heap[child + 1]!, heap[child]!)) child++;
      if (!precedes(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return root;
  }
}

function precedes<Item>(one: Entry<Item>, other: Entry<Item>): boolean {
  return one.began < other.began || (one.began === other.began && one.number < other.number);
}

function ignore(): void {}
