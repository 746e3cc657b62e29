import { copyText } from '../../flow/text/unread-text.js';

/** The counts of one name. */
export interface Count {
  name: string;
  count: number;
  bytes: number;
  errors: number;
  /**
   * Upper bound for the flows of this name that are counted under "others", because it was dropped earlier; 0 if the counts are
   * exact.
   */
  missed: number;
}

/** The counts of all dropped names. */
export type Others = Omit<Count, 'name' | 'missed'>;

/** The result of a tally, most frequent names first. */
export interface Counts {
  names: Count[];
  others: Others;
}

/** Longer names are cut off, because senders of requests choose them. */
const LONGEST_NAME = 255;

/**
 * Counts by name, with a limit on the number of names. Beyond it, the rarer half is dropped and counted together as "others";
 * totals stay exact. A dropped name has at most 2 in `limit` of all flows, so a name with more than 1 in `limit / 2` is never
 * dropped (compare SpaceSaving: Metwally et al., ICDT 2005).
 */
export class Tally {
  private readonly others: Others = { count: 0, bytes: 0, errors: 0 };
  private readonly counts = new Map<string, Count>();
  /** Upper bound for the flows of any dropped name. */
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
    const name = copyText(key);
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
