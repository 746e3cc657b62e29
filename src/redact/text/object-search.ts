const OPEN = 123;
const CLOSE = 125;

/** Finds the objects around offsets that increase, in linear time. Braces in strings are counted too. */
export class ObjectSearch {
  /** The last object: the offset of its opening brace. Without one, the offset where the search has ended. */
  start = 0;
  /** The offset of its closing brace, likewise. */
  end = 0;
  /** No object is open here, as far as the search reaches: later searches end here. */
  private unopened = 0;

  /** @param reach maximum distance of the ends of an object from the offset */
  constructor(private readonly reach: number) {}

  /** Finds the object around an offset, unless it is in the last one. @returns whether it was searched for */
  find(text: string, at: number): boolean {
    if (at >= this.start && at < this.end) return false;
    this.start = this.findStart(text, at);
    this.end = this.findEnd(text, at);
    return true;
  }

  private findStart(text: string, at: number): number {
    const lowest = Math.max(this.unopened, at - this.reach);
    for (let index = at, depth = 0; index > lowest; index--) {
      const code = text.charCodeAt(index - 1);
      if (code === CLOSE) depth++;
      else if (code === OPEN && depth-- === 0) return index - 1;
    }
    this.unopened = at;
    return lowest;
  }

  private findEnd(text: string, at: number): number {
    const highest = Math.min(text.length, at + this.reach);
    for (let index = at, depth = 0; index < highest; index++) {
      const code = text.charCodeAt(index);
      if (code === OPEN) depth++;
      else if (code === CLOSE && depth-- === 0) return index;
    }
    return highest;
  }
}
