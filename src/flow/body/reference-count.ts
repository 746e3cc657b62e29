/** A reference count, initially 1. The last user frees the resource. */
export class ReferenceCount {
  private count = 1;

  /** Adds a user. */
  add(): this {
    this.count++;
    return this;
  }

  /** Removes a user. @returns true if it was the last */
  remove(): boolean {
    return --this.count === 0;
  }
}
