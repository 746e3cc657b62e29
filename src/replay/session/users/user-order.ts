import type { HttpFlow } from '../../../flow/flow.js';
import { flowBegan, flowEnded } from '../../../flow/timing.js';
import { ConnectionOrder } from '../../client/pace/connection-order.js';

interface Entry {
  readonly blocked: Promise<unknown> | undefined;
  readonly end: () => void;
}

/**
 * The order within users: like that within connections, for clients that open several. A list follows what was put into it,
 * though it uses none of its values.
 */
export class UserOrder {
  private readonly order = new ConnectionOrder();
  private readonly entries = new Map<HttpFlow, Entry>();

  /** A flow was read. @param user undefined if it has no credentials */
  add(flow: HttpFlow, user: number | undefined): void {
    if (user === undefined) return;
    const key = String(user);
    const began = flowBegan(flow);
    const blocked = this.order.before(key, began);
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.order.add(key, began, flowEnded(flow), ended);
    this.entries.set(flow, { blocked, end });
  }

  /** What a request waits for. */
  before(flow: HttpFlow): Promise<unknown> | undefined {
    return this.entries.get(flow)?.blocked;
  }

  /** A request has ended, or was not sent. */
  end(flow: HttpFlow): void {
    this.entries.get(flow)?.end();
    this.entries.delete(flow);
  }
}
