/**
 * A set of short-lived objects, for thousands of additions and removals per second. A `Set` retains garbage at this rate: when
 * its table is replaced, the old table points to the new one, and once one of them is in the old generation, the garbage
 * collector treats the whole chain and its objects as alive. Use a `Set` for long-lived members: `delete` scans back from the
 * newest.
 */
export class TransientSet<Member extends object> {
  private readonly members: Member[] = [];

  get size(): number {
    return this.members.length;
  }

  /** Adds an object, which must not be in the set. */
  add(member: Member): void {
    this.members.push(member);
  }

  /** @returns whether it was in the set */
  delete(member: Member): boolean {
    const at = this.members.lastIndexOf(member);
    if (at < 0) return false;
    const last = this.members.pop()!;
    if (last !== member) this.members[at] = last;
    return true;
  }

  /** Removes and returns the members that pass a test. */
  extract(test: (member: Member) => boolean): Member[] {
    const out: Member[] = [];
    let kept = 0;
    for (const member of this.members) {
      if (test(member)) out.push(member);
      else this.members[kept++] = member;
    }
    this.members.length = kept;
    return out;
  }

  [Symbol.iterator](): Iterator<Member> {
    return this.members[Symbol.iterator]();
  }
}
