import type { FlowFilter } from '../../flow/filter.js';
import { type Flow, releaseFlow } from '../../flow/flow.js';
import { fireHooks } from '../../flow/hooks/replay-hooks.js';
import type { Session } from '../session/session.js';
import { FlowSelector } from './flow-selector.js';

/** Processes the flows of a capture one at a time, and calls the hooks of those that match the filter. */
export class CaptureDispatcher {
  readonly selector: FlowSelector;
  /** Settles when the current flow is processed; undefined if it was processed synchronously. */
  current: void | Promise<void> = undefined;

  constructor(
    private readonly session: Session,
    filter: FlowFilter | undefined,
  ) {
    this.selector = new FlowSelector(session, filter);
  }

  /** @throws StoppedError if the program should end */
  readonly take = (flow: Flow): void | Promise<void> => {
    this.current = this.selector.select(flow, this.fire);
    return this.current ?? this.session.logDrained();
  };

  private readonly fire = (flow: Flow): void | Promise<void> => {
    if (flow.source && !this.session.hooks.mayChange(flow)) flow.source.untouched = true;
    const pending = fireHooks(this.session.hooks, flow, this.session.spool);
    if (pending) return pending.finally(() => releaseFlow(flow));
    releaseFlow(flow);
  };
}
