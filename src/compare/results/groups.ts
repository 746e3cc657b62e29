import type { Difference } from '../difference.js';

/** Maximum number of groups; further differences are only counted. */
const MAX_GROUPS = 10_000;

/** Equal differences of one endpoint. */
export interface DifferenceGroup {
  readonly kind: Difference['kind'];
  readonly place: string;
  /** Values of the first one. */
  readonly was: string | undefined;
  readonly now: string | undefined;
  /** Whether all differences of the group have these values. */
  isUniform: boolean;
  count: number;
  /** The number of endpoints, if more than one. */
  readonly endpoints?: number;
}

/** Differences by endpoint and place, so that a thousand equal ones take one line. */
export class DifferenceGroups {
  private readonly endpoints = new Map<string, Map<string, DifferenceGroup>>();
  private size = 0;
  /** Number of differences beyond the maximum number of groups. */
  others = 0;

  add(endpoint: string, difference: Difference): void {
    const { kind, group: place, was, now } = difference;
    const groups = this.endpoints.get(endpoint);
    const key = `${kind} ${place}`;
    const known = groups?.get(key);
    if (known) {
      known.count++;
      if (known.was !== was || known.now !== now) known.isUniform = false;
    } else if (this.size === MAX_GROUPS) this.others++;
    else {
      this.size++;
      const group = { kind, place, was, now, isUniform: true, count: 1 };
      if (groups) groups.set(key, group);
      else this.endpoints.set(endpoint, new Map([[key, group]]));
    }
  }

  /**
   * The groups by endpoint, each with the most frequent first. Places that differ in many endpoints are listed once, before
   * the others.
   */
  sorted(): [endpoint: string, groups: DifferenceGroup[]][] {
    const spread = new Map<string, DifferenceGroup[]>();
    for (const groups of this.endpoints.values()) {
      for (const [key, group] of groups) {
        const known = spread.get(key);
        if (known) known.push(group);
        else spread.set(key, [group]);
      }
    }
    const isWide = (key: string): boolean => spread.get(key)!.length >= MANY_ENDPOINTS;
    const wide = [...spread].filter(([key]) => isWide(key)).map(([, groups]) => joined(groups));
    const narrow = [...this.endpoints]
      .map(([endpoint, groups]): [string, DifferenceGroup[]] => [
        endpoint,
        [...groups].filter(([key]) => !isWide(key)).map(([, group]) => group),
      ])
      .filter(([, groups]) => groups.length > 0)
      .sort(([, one], [, other]) => sum(other) - sum(one));
    const sections: [string, DifferenceGroup[]][] = wide.length > 0 ? [['Several endpoints', wide], ...narrow] : narrow;
    for (const [, groups] of sections) groups.sort((one, other) => other.count - one.count);
    return sections;
  }
}

/** A place that differs in this many endpoints is listed once. */
const MANY_ENDPOINTS = 4;

function joined(groups: readonly DifferenceGroup[]): DifferenceGroup {
  const first = groups[0]!;
  const isUniform = groups.every((group) => group.isUniform && group.was === first.was && group.now === first.now);
  return { ...first, isUniform, count: sum(groups), endpoints: groups.length };
}

function sum(groups: readonly DifferenceGroup[]): number {
  return groups.reduce((total, { count }) => total + count, 0);
}
