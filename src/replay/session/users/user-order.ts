import type { HttpFlow } from '../../../flow/flow.js';
import { flowBegan, flowEnded } from '../../../flow/timing.js';
import { ConnectionOrder, type Turn } from '../../client/pace/connection-order.js';

/**
 * Keeps the order of the requests of each user, like `ConnectionOrder` for clients that open several connections. For example,
 * a list has to follow the request that adds to it, although it uses no value from the response.
 */
export class UserOrder {
  private readonly order = new ConnectionOrder();
  private readonly turns = new Map<HttpFlow, Turn>();

  /** Adds a flow. @param user undefined without credentials */
  add(flow: HttpFlow, user: number | undefined): void {
    if (user === undefined) return;
    this.turns.set(flow, this.order.add(String(user), flowBegan(flow), flowEnded(flow)));
  }

  /** Resolves when the request may be sent. */
  before(flow: HttpFlow): Promise<void> | undefined {
    return this.turns.get(flow)?.ready;
  }

  /** A request has ended, or was not sent. */
  end(flow: HttpFlow): void {
    this.turns.get(flow)?.end();
    this.turns.delete(flow);
  }
}
