import type { Body } from './body/body.js';
import type { MessageLog } from './body/messagelog.js';
import type { Flow } from './flow.js';

/**
 * Gives back what flows hold outside the heap that nobody has to release, such as copies that addons make, once nothing
 * refers to them any more.
 */
export class UnusedFlows {
  private readonly registry = new FinalizationRegistry<() => void>((release) => release());

  add(flow: Flow): void {
    if (flow.type === 'dns') return;
    if (flow.messages) this.addMessages(flow.messages);
    if (flow.type !== 'http') return;
    this.addBody(flow.request.body);
    if (flow.response) this.addBody(flow.response.body);
  }

  private addBody(body: Body): void {
    const release = body.disown();
    if (release) this.registry.register(body, release);
  }

  /** The share of these goes to a clone, which nobody else knows. */
  private addMessages(messages: MessageLog): void {
    const share = messages.clone();
    messages.release();
    this.registry.register(messages, () => share.release());
  }
}
