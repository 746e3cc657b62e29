/** Counts the users of something that the last of them gives back. It begins with one. */
export class Users {
  private count = 1;

  /** One more. */
  add(): this {
    this.count++;
    return this;
  }

  /** One fewer. @returns true for the last */
  leave(): boolean {
    return --this.count === 0;
  }
}
