import { FlowNotLiveError, type Injected, type MessageChannel } from '../../flow/flow.js';
import type { Channel } from '../net/channel.js';

/** A flow's connection, for addons. Messages that they inject before the relay starts are sent once it does. */
export class FlowChannel implements MessageChannel {
  private readonly waiting: Injected[] = [];
  private send: ((message: Injected) => void) | undefined;

  constructor(
    private readonly client: Channel,
    private readonly server: Channel,
  ) {}

  /** Called when the relay starts. */
  open(send: (message: Injected) => void): void {
    this.send = send;
    for (const message of this.waiting.splice(0)) send(message);
  }

  inject(message: Injected): void {
    const side = message.toClient ? 'client' : 'server';
    const { stream } = this[side];
    if (stream.destroyed || stream.writableEnded) {
      throw new FlowNotLiveError(`Nothing can be injected: the connection to the ${side} is closed`);
    }
    if (this.send) this.send(message);
    else this.waiting.push(message);
  }

  kill(): void {
    this.client.resetConnection();
    this.server.destroy();
  }
}
