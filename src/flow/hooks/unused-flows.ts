import type { Body } from '../body/body.js';
import type { Flow } from '../flow.js';
import type { MessageLog } from '../message-log/message-log.js';

/**
 * Releases resources of flows without an explicit owner, such as copies made by addons: spool files are closed when the garbage
 * collector finds the flow unreachable.
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

  /** The reference to the bytes moves to a private clone, because the callback must not refer to `messages` itself. */
  private addMessages(messages: MessageLog): void {
    const share = messages.clone();
    messages.release();
    this.registry.register(messages, () => share.release());
  }
}
