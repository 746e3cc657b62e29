import { Save } from '../../../addons/save.js';
import { type Flow, releaseFlow } from '../../../flow/flow.js';
import type { Addon } from '../../../flow/hooks/hooks.js';
import type { RecordCopier } from '../../../serialize/output/writer.js';
import type { Session } from '../../session/session.js';
import type { FlowGroup } from '../messages.js';

type Observer = Addon & { flowEnd: NonNullable<Addon['flowEnd']> };

/** The consumers of a flow. */
export interface FlowConsumers {
  /** Outputs that copy its record as bytes. */
  readonly copiers: readonly RecordCopier[];
  /** Whether an observer needs the decoded flow. */
  readonly needsFlow: boolean;
}

/** Delivers the flows of workers to the outputs, checks and statistics of the run. */
export class FlowDelivery {
  /** The groups of flows that workers select: one for each distinct filter and `observesBodies` of the observers. */
  readonly groups: readonly FlowGroup[];
  /** Outputs that copy records as bytes. */
  readonly copiers: readonly RecordCopier[];
  private readonly observers: readonly Observer[];
  /** Index of each observer's group. */
  private readonly groupOf: readonly number[];
  private readonly copierOf: readonly (RecordCopier | undefined)[];
  private readonly consumersOfAll: FlowConsumers;

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
    this.consumersOfAll = this.findConsumers(undefined);
  }

  /** The consumers of a flow. @param groups as in `deliver` */
  consumersOf(groups: Buffer | undefined): FlowConsumers {
    return groups === undefined ? this.consumersOfAll : this.findConsumers(groups);
  }

  /**
   * Passes a flow to its observers, then releases it.
   * @param groups a bit for each group, set if the flow belongs to it; undefined if there is only one group
   */
  deliver(flow: Flow, groups: Buffer | undefined): undefined | Promise<void> {
    const pending = this.call(flow, (at) => this.isWanted(at, groups));
    if (pending) return pending.finally(() => releaseFlow(flow));
    releaseFlow(flow);
    return undefined;
  }

  /**
   * Like `deliver`, for a flow from the journal of a killed worker. Its groups are unknown: an observer gets it unless its head
   * rules out a match.
   */
  deliverRecovered(flow: Flow): undefined | Promise<void> {
    const pending = this.call(flow, (at) => this.observers[at]!.filter?.evaluate(flow, 'responseHeaders') !== 'no');
    return pending ? pending.finally(() => releaseFlow(flow)) : void releaseFlow(flow);
  }

  private isWanted(observer: number, groups: Buffer | undefined): boolean {
    if (groups === undefined) return true;
    const group = this.groupOf[observer]!;
    return (groups[group >> 3]! & (1 << (group & 7))) !== 0;
  }

  private findConsumers(groups: Buffer | undefined): FlowConsumers {
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
