import { Save } from '../../../addons/save.js';
import { type Flow, releaseFlow } from '../../../flow/flow.js';
import type { Addon } from '../../../flow/hooks/hooks.js';
import type { RecordCopier } from '../../../serialize/output/writer.js';
import type { Session } from '../../session.js';
import type { FlowGroup } from '../messages.js';

type Observer = Addon & { flowEnd: NonNullable<Addon['flowEnd']> };

/** The observers that want a flow. */
export interface Takers {
  /** Those that can take its record as bytes. */
  readonly copiers: readonly RecordCopier[];
  /** Whether there are others. */
  readonly needsFlow: boolean;
}

/** Gives the flows that workers send to the outputs, checks and statistics of the run. */
export class Delivery {
  /** What workers evaluate: the distinct filters of the observers. */
  readonly groups: readonly FlowGroup[];
  /** Outputs that take records as bytes. */
  readonly copiers: readonly RecordCopier[];
  private readonly observers: readonly Observer[];
  /** The group of each observer. */
  private readonly groupOf: readonly number[];
  private readonly copierOf: readonly (RecordCopier | undefined)[];
  private readonly takersOfAll: Takers;

  constructor(
    observers: readonly Addon[],
    private readonly report: Session['reportFailure'],
  ) {
    this.observers = observers.filter((addon): addon is Observer => addon.flowEnd !== undefined);
    const groups: FlowGroup[] = [];
    this.groupOf = this.observers.map(({ filter, observesBodies: bodies = false }) => {
      const text = filter?.text;
      const known = groups.findIndex((group) => group.filter === text && group.bodies === bodies);
      return known >= 0 ? known : groups.push({ filter: text, bodies }) - 1;
    });
    this.groups = groups;
    this.copierOf = this.observers.map((addon) => (addon instanceof Save ? addon.records : undefined));
    this.copiers = this.copierOf.filter((copier) => copier !== undefined);
    this.takersOfAll = this.findTakers(undefined);
  }

  /** What takes a flow. @param groups as in `deliver` */
  takersOf(groups: Buffer | undefined): Takers {
    return groups === undefined ? this.takersOfAll : this.findTakers(groups);
  }

  /**
   * Calls the observers of a flow, and releases it.
   * @param groups bits of the groups that it belongs to; undefined if there is one group
   */
  deliver(flow: Flow, groups: Buffer | undefined): undefined | Promise<void> {
    const pending = this.call(flow, (at) => this.isWanted(at, groups));
    if (pending) return pending.finally(() => releaseFlow(flow));
    releaseFlow(flow);
    return undefined;
  }

  /** Like `deliver`, for a flow that no worker has judged; its bodies are not searched. */
  deliverUnjudged(flow: Flow): undefined | Promise<void> {
    const pending = this.call(flow, (at) => this.observers[at]!.filter?.evaluate(flow, 'responseHeaders') !== 'no');
    return pending ? pending.finally(() => releaseFlow(flow)) : void releaseFlow(flow);
  }

  private isWanted(observer: number, groups: Buffer | undefined): boolean {
    if (groups === undefined) return true;
    const group = this.groupOf[observer]!;
    return (groups[group >> 3]! & (1 << (group & 7))) !== 0;
  }

  private findTakers(groups: Buffer | undefined): Takers {
    const copiers: RecordCopier[] = [];
    let needsFlow = false;
    for (const [at, copier] of this.copierOf.entries()) {
      if (!this.isWanted(at, groups)) continue;
      if (copier) copiers.push(copier);
      else needsFlow = true;
    }
    return { copiers, needsFlow };
  }

  private call(flow: Flow, isWanted: (observer: number) => boolean, from = 0): undefined | Promise<void> {
    const { observers } = this;
    for (let at = from; at < observers.length; at++) {
      if (!isWanted(at)) continue;
      const addon = observers[at]!;
      const failed = (error: unknown): void => this.report(error, { addon, hook: 'flowEnd', flow });
      try {
        const pending = addon.flowEnd(flow);
        if (pending) return pending.catch(failed).then(() => this.call(flow, isWanted, at + 1));
      } catch (error) {
        failed(error);
      }
    }
    return undefined;
  }
}
