import { BoundedMap } from '../../flow/bounded-map.js';
import { isIssuedBefore } from './issue-time.js';
import { type Owner, similarity } from './users/owners.js';

/** A replayed value for a recorded one. */
interface Version {
  readonly value: string;
  /** The time at which the recorded value was issued. */
  readonly time: number;
  readonly owner: Owner;
}

interface Entry {
  readonly key: string;
  readonly recorded: string;
  /** In the order of `time`; usually one. */
  versions: Version[];
  /** Number of requests that have yet to use it. */
  uses: number;
  /** Number of the last response that issued it; used only in a window. */
  seen: number;
}

/** Maximum number of versions of a recorded value. The oldest are dropped. */
const MAX_VERSIONS = 64;
/** The key of a part of a value. */
const PART = 'part:';
/** Maximum number of values that are kept after their last use, because responses may still repeat them. */
const MAX_RETIRED = 10_000;

/** The replayed values of recorded ones, each under a key (`Names`). A value is kept until its last use. */
export class LiveValues {
  private readonly entries = new Map<string, Entry>();
  private readonly retired = new BoundedMap<string, Entry>(MAX_RETIRED);
  /** The keys under which each recorded value is known. */
  private readonly keys = new Map<string, Set<string>>();

  has(key: string, recorded: string): boolean {
    return this.entries.has(keyedValue(key, recorded));
  }

  /**
   * @param uses number of requests that use the value
   * @param seen number of the response
   */
  set(key: string, recorded: string, version: Version, uses: number, seen: number): void {
    const keyed = keyedValue(key, recorded);
    let entry = this.entries.get(keyed);
    if (!entry) {
      entry = { key, recorded, versions: [], uses, seen };
      this.entries.set(keyed, entry);
      this.retired.delete(keyed);
      const keys = this.keys.get(recorded);
      if (keys) keys.add(key);
      else this.keys.set(recorded, new Set([key]));
    }
    entry.seen = seen;
    const { versions } = entry;
    let at = versions.length;
    while (at > 0 && versions[at - 1]!.time > version.time) at--;
    versions.splice(at, 0, version);
    if (versions.length > MAX_VERSIONS) versions.shift();
  }

  /**
   * The replayed value for a request or response.
   * @param time its start; values that were issued later are ignored
   * @param owner decides between several versions
   */
  get(key: string, recorded: string, time: number, owner: () => Owner): string | undefined {
    const keyed = keyedValue(key, recorded);
    const versions = (this.entries.get(keyed) ?? this.retired.get(keyed))?.versions;
    if (!versions) return undefined;
    if (versions.length === 1) return isIssuedBefore(versions[0]!.time, time) ? versions[0]!.value : undefined;
    return closest(
      versions.filter((version) => isIssuedBefore(version.time, time)),
      owner,
    );
  }

  /**
   * The replayed value of a recorded one under any key.
   * @param replayed preferred if it is among the candidates
   */
  find(recorded: string, time: number, owner: Owner, replayed: string | undefined): string | undefined {
    let found: string | undefined;
    for (const key of this.keys.get(recorded) ?? []) {
      const value = this.get(key, recorded, time, () => owner);
      if (value === replayed) return value;
      found ??= value;
    }
    return found;
  }

  /** Stores a value that only responses repeat. */
  remember(recorded: string, version: Version): void {
    const keyed = keyedValue(PART, recorded);
    const keys = this.keys.get(recorded) ?? new Set();
    this.keys.set(recorded, keys.add(PART));
    this.retire(keyed, { key: PART, recorded, versions: [version], uses: 0, seen: 0 });
  }

  /** Counts a use by a request that was prepared. */
  use(key: string, recorded: string): void {
    const keyed = keyedValue(key, recorded);
    const entry = this.entries.get(keyed);
    if (!entry || --entry.uses > 0) return;
    this.entries.delete(keyed);
    this.retire(keyed, entry);
  }

  /** Drops a value, unless a later response issued it again. */
  drop(keyed: string, seen: number): void {
    const entry = this.entries.get(keyed);
    if (entry?.seen !== seen) return;
    this.entries.delete(keyed);
    this.forget(entry);
  }

  clear(): void {
    this.entries.clear();
    this.retired.clear();
    this.keys.clear();
  }

  private retire(keyed: string, entry: Entry): void {
    const dropped = this.retired.set(keyed, entry);
    if (dropped) this.forget(dropped);
  }

  private forget({ key, recorded }: Entry): void {
    const keys = this.keys.get(recorded);
    keys?.delete(key);
    if (keys?.size === 0) this.keys.delete(recorded);
  }
}

/** A value and its key as a string. An empty key stands for any place. */
export function keyedValue(key: string, value: string): string {
  return `${key}\0${value}`;
}

/** The version whose owner has the most in common with this one; the latest of several. */
function closest(versions: readonly Version[], owner: () => Owner): string | undefined {
  const latest = versions.at(-1);
  if (!latest || versions.every(({ value }) => value === latest.value)) return latest?.value;
  const mine = owner();
  let best = latest;
  let most = similarity(latest.owner, mine);
  for (let at = versions.length - 2; at >= 0; at--) {
    const shared = similarity(versions[at]!.owner, mine);
    if (shared <= most) continue;
    best = versions[at]!;
    most = shared;
  }
  return best.value;
}
