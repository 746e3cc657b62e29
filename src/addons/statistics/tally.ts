/** What was counted under one name. */
export interface Count {
  name: string;
  count: number;
  bytes: number;
  errors: number;
  /** So many flows of this name at most are among the others, because it was dropped before; 0: the numbers are exact. */
  missed: number;
}

/** What was counted under names that were dropped. */
export type Others = Omit<Count, 'name' | 'missed'>;

/** All that a tally knows, the most frequent names first. */
export interface Counts {
  names: Count[];
  others: Others;
}

/** Longer names are cut off: they may come from whoever sends requests. */
const LONGEST_NAME = 255;

/**
 * Counts by name, with a bound on the names. When there are too many, the rarer half is dropped and counted together as
 * "others"; all numbers together stay exact. A name that has more than one in `limit / 2` of all flows is never among them,
 * as a name may have at most 2 flows in `limit` when it is dropped (compare SpaceSaving: Metwally et al., ICDT 2005).
 */
export class Tally {
  private readonly others: Others = { count: 0, bytes: 0, errors: 0 };
  private readonly counts = new Map<string, Count>();
  /** The most flows that a dropped name can have had. */
  private missed = 0;

  constructor(private readonly limit = 10_000) {}

  add(name: string, bytes = 0, failed = false): void {
    const key = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
    const entry = this.counts.get(key) ?? this.begin(key);
    entry.count++;
    entry.bytes += bytes;
    if (failed) entry.errors++;
  }

  report(): Counts {
    const names = [...this.counts.values()].sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
    return { names, others: this.others };
  }

  private begin(key: string): Count {
    if (this.counts.size >= this.limit) this.dropRarer();
    // A copy, as the name may be a part of a whole head, which would stay in memory with it.
    const name = Buffer.from(key, 'utf16le').toString('utf16le');
    const entry: Count = { name, count: 0, bytes: 0, errors: 0, missed: this.missed };
    this.counts.set(name, entry);
    return entry;
  }

  private dropRarer(): void {
    const most = ({ count, missed }: Count): number => count + missed;
    const rarer = [...this.counts.values()].sort((a, b) => most(a) - most(b)).slice(0, Math.ceil(this.limit / 2));
    for (const entry of rarer) {
      this.counts.delete(entry.name);
      this.others.count += entry.count;
      this.others.bytes += entry.bytes;
      this.others.errors += entry.errors;
      this.missed = Math.max(this.missed, most(entry));
    }
  }
}
