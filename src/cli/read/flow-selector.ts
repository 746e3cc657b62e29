import { type FlowFilter, loadBodies, unloadBodies } from '../../flow/filter.js';
import { type Flow, releaseFlow } from '../../flow/flow.js';
import { findStatus } from '../../flow/rpc/status.js';
import { systemErrorText } from '../../flow/system-error.js';
import type { Session } from '../session/session.js';
import { damageReporter } from './input-damage.js';

/** Selects the flows of captures that match a filter. It reads bodies only if the filter needs them. */
export class FlowSelector {
  constructor(
    private readonly session: Session,
    private readonly filter: FlowFilter | undefined,
  ) {}

  /**
   * Whether a flow may match, judged by its heads if the filter needs bodies. Bodies of other flows need not be read.
   * @throws StoppedError if the program should end
   */
  readonly mayMatch = (flow: Flow): boolean => {
    if (this.session.shutdown.isRequested) throw new StoppedError();
    const { filter } = this;
    return filter?.evaluate(flow, filter.needsBodies ? 'responseHeaders' : 'end') !== 'no';
  };

  /**
   * Passes a flow on if it matches, and releases it otherwise.
   * @returns a promise if the flow has to be read for that, or that of `take`
   * @throws StoppedError if the program should end
   */
  select(flow: Flow, take: TakeFlow): void | Promise<void> {
    // The status of a call may be in its body.
    const pending = findStatus(flow);
    return pending ? pending.then(() => this.selectComplete(flow, take)) : this.selectComplete(flow, take);
  }

  private selectComplete(flow: Flow, take: TakeFlow): void | Promise<void> {
    if (!this.mayMatch(flow)) return releaseFlow(flow);
    return this.filter?.needsBodies ? this.searchBodies(flow, this.filter, take) : take(flow);
  }

  private async searchBodies(flow: Flow, filter: FlowFilter, take: TakeFlow): Promise<void> {
    const { session } = this;
    try {
      if (await loadBodies(flow, session.options.bodySearchLimit)) session.onSearchLimit();
    } catch (error) {
      damageReporter(session)(`A body of flow ${flow.id} cannot be read: ${systemErrorText(error)}`, 'input-body');
    }
    const isMatch = filter.evaluate(flow, 'end') === 'yes';
    unloadBodies(flow);
    if (isMatch) await take(flow);
    else releaseFlow(flow);
  }
}

type TakeFlow = (flow: Flow) => void | Promise<void>;

/** Thrown in a callback of a reader to stop it. */
export class StoppedError extends Error {}
