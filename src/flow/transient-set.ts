/**
 * A set of objects that come and go by the thousand in a second. A `Set` is the wrong place for them: each time its table is
 * renewed the old one points to the new one, and once one of them has grown old in the heap, the garbage collector takes
 * the whole chain, with the objects in it, for alive. What stays for long belongs into a `Set` all the same, as removal looks
 * through all that was added later.
 */
export class TransientSet<Member extends object> {
  private readonly members: Member[] = [];

  /** Adds one that is not in the set. */
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

  /** Takes those out that pass a test. */
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
