import type { FlowFilter } from '../../flow/filter.js';
import { type Flow, releaseFlow } from '../../flow/flow.js';
import { fireHooks } from '../../flow/hooks/replay-hooks.js';
import { findStatus } from '../../flow/rpc/status.js';
import type { OnDamaged } from '../process/error-codes.js';
import type { Session } from '../session.js';
import { matchesBodies } from './filter-bodies.js';

/** Processes the flows of a capture one at a time, and calls the hooks of those that match the filter. */
export class CaptureDispatcher {
  /** Settles when the current flow is processed; undefined if it was processed synchronously. */
  current: undefined | Promise<void>;

  constructor(
    private readonly session: Session,
    private readonly filter: FlowFilter | undefined,
    private readonly damaged: OnDamaged,
  ) {}

  /**
   * Whether a flow may match the filter, judged by its head if the filter needs bodies. Bodies of other flows are not read.
   * @throws StoppedError if the program should end
   */
  readonly mayPass = (flow: Flow): boolean => {
    if (this.session.shutdown.isRequested) throw new StoppedError();
    const { filter } = this;
    return filter?.evaluate(flow, filter.needsBodies ? 'responseHeaders' : 'end') !== 'no';
  };

  /** @throws StoppedError if the program should end */
  readonly take = (flow: Flow): void | Promise<void> => {
    const pending = findStatus(flow);
    if (pending) return pending.then(() => this.takeReady(flow));
    return this.takeReady(flow);
  };

  private takeReady(flow: Flow): void | Promise<void> {
    if (!this.mayPass(flow)) return releaseFlow(flow);
    const { filter } = this;
    if (filter?.needsBodies) this.current = this.filterBodies(flow, filter);
    else this.current = this.fire(flow);
    return this.current ?? this.session.logDrained();
  }

  private fire(flow: Flow): undefined | Promise<void> {
    if (flow.source && !this.session.hooks.mayChange(flow)) flow.source.untouched = true;
    const pending = fireHooks(this.session.hooks, flow, this.session.spool);
    if (pending) return pending.finally(() => releaseFlow(flow));
    releaseFlow(flow);
    return undefined;
  }

  private async filterBodies(flow: Flow, filter: FlowFilter): Promise<void> {
    if (await matchesBodies(flow, filter, this.session, this.damaged)) await this.fire(flow);
  }
}

/** Thrown in a callback of a reader to stop it. */
export class StoppedError extends Error {}
