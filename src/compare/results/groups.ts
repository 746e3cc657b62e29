import type { Difference } from '../difference.js';

/** Most groups that are kept; others are only counted. */
const MOST_GROUPS = 10_000;

/** Equal differences of one endpoint. */
export interface DifferenceGroup {
  readonly kind: Difference['kind'];
  readonly place: string;
  /** Values of the first one. */
  readonly was: string | undefined;
  readonly now: string | undefined;
  /** Whether all have these values. */
  isUniform: boolean;
  count: number;
}

/** Differences by endpoint and place, so that a thousand equal ones take one line. */
export class DifferenceGroups {
  private readonly endpoints = new Map<string, Map<string, DifferenceGroup>>();
  private size = 0;
  /** Differences that are in no group, as there are too many. */
  others = 0;

  add(endpoint: string, difference: Difference): void {
    const { kind, group: place, was, now } = difference;
    const groups = this.endpoints.get(endpoint);
    const key = `${kind} ${place}`;
    const known = groups?.get(key);
    if (known) {
      known.count++;
      if (known.was !== was || known.now !== now) known.isUniform = false;
    } else if (this.size === MOST_GROUPS) this.others++;
    else {
      this.size++;
      const group = { kind, place, was, now, isUniform: true, count: 1 };
      if (groups) groups.set(key, group);
      else this.endpoints.set(endpoint, new Map([[key, group]]));
    }
  }

  /** The endpoints and their groups, each with the most frequent first. */
  sorted(): [endpoint: string, groups: DifferenceGroup[]][] {
    const sum = (groups: readonly DifferenceGroup[]) => groups.reduce((total, { count }) => total + count, 0);
    return [...this.endpoints]
      .map(([endpoint, groups]): [string, DifferenceGroup[]] => [
        endpoint,
        [...groups.values()].sort((one, other) => other.count - one.count),
      ])
      .sort(([, one], [, other]) => sum(other) - sum(one));
  }
}
