import { type Flow, releaseFlow } from '../../../flow/flow.js';
import type { Addon } from '../../../flow/hooks/hooks.js';
import type { Session } from '../../session.js';
import type { FlowGroup } from '../messages.js';

type Observer = Addon & { flowEnd: NonNullable<Addon['flowEnd']> };

/** Gives the flows that workers send to the outputs, checks and statistics of the run. */
export class Delivery {
  /** What workers evaluate: the distinct filters of the observers. */
  readonly groups: readonly FlowGroup[];
  private readonly observers: readonly Observer[];
  /** The group of each observer. */
  private readonly groupOf: readonly number[];

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
  }

  /**
   * Calls the observers of a flow, and releases it.
   * @param label as workers send it; undefined if there is one group
   */
  deliver(flow: Flow, label: Buffer | undefined): undefined | Promise<void> {
    const pending = this.call(flow, (at) => {
      const group = this.groupOf[at]!;
      return label === undefined || (label[group >> 3]! & (1 << (group & 7))) !== 0;
    });
    if (pending) return pending.finally(() => releaseFlow(flow));
    releaseFlow(flow);
    return undefined;
  }

  /** Like `deliver`, for a flow that no worker has judged; its bodies are not searched. */
  deliverUnjudged(flow: Flow): undefined | Promise<void> {
    const pending = this.call(flow, (at) => this.observers[at]!.filter?.evaluate(flow, 'responseHeaders') !== 'no');
    return pending ? pending.finally(() => releaseFlow(flow)) : void releaseFlow(flow);
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
