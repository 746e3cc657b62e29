import type { HttpFlow } from '../../../flow/flow.js';
import { flowBegan, flowEnded } from '../../../flow/timing.js';
import { ConnectionOrder, type Turn } from '../../client/pace/connection-order.js';

/**
 * The order within users: like that within connections, for clients that open several. A list follows what was put into it,
 * though it uses none of its values.
 */
export class UserOrder {
  private readonly order = new ConnectionOrder();
  private readonly turns = new Map<HttpFlow, Turn>();

  /** A flow was read. @param user undefined if it has no credentials */
  add(flow: HttpFlow, user: number | undefined): void {
    if (user === undefined) return;
    this.turns.set(flow, this.order.enter(String(user), flowBegan(flow), flowEnded(flow)));
  }

  /** What a request waits for. */
  before(flow: HttpFlow): Promise<void> | undefined {
    return this.turns.get(flow)?.ready;
  }

  /** A request has ended, or was not sent. */
  end(flow: HttpFlow): void {
    this.turns.get(flow)?.end();
    this.turns.delete(flow);
  }
}
