import type { Deadline } from '../../../src/engine/net/deadlines.js';
import type { EngineOptions } from '../../../src/engine/options.js';
import { acceptedExtensions } from '../../../src/engine/websocket/extensions.js';
import { WebSocketSession } from '../../../src/engine/websocket/session.js';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { Clock } from '../../../src/flow/clock.js';
import type { HttpFlow } from '../../../src/flow/flow.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { Headers } from '../../../src/flow/http/headers.js';
import type { Message } from '../../../src/flow/message-log/message-log.js';
import { FakeChannel } from '../../support/fake-channel.js';
import { httpFlow } from '../../terminal/sample-flows.js';
import { testContext } from '../http/context.js';

export interface ConversationOptions {
  addons?: Addon[];
  /** What the server has accepted, such as `permessage-deflate`. */
  extensions?: string;
  options?: Partial<EngineOptions>;
  early?: { client: Buffer; server: Buffer };
  spool?: SpoolPolicy;
  /** False if no addon wants messages to be kept. */
  keeps?: boolean;
}

/** A WebSocket behind its handshake, between two connections that are no sockets. */
export class Conversation {
  readonly client = new FakeChannel();
  readonly server = new FakeChannel();
  readonly flow: HttpFlow = httpFlow({});
  readonly ended: Promise<Error | undefined>;
  /** Seconds of silence that are allowed now. */
  silence = 0;
  private onSilence: (() => void)[] = [];

  constructor({ addons = [], extensions = '', options = {}, early, spool, keeps = true }: ConversationOptions = {}) {
    const observer: Addon = { observes: true, observesBodies: keeps, flowEnd: () => {} };
    const context = testContext([...addons, observer], options, () => {}, spool ?? new SpoolPolicy());
    Object.assign(context.services, { deadlines: { create: (onExpiry: () => void) => this.deadline(onExpiry) } });
    const accepted = acceptedExtensions(
      Headers.from(extensions === '' ? {} : { 'Sec-WebSocket-Extensions': extensions }),
    );
    if (typeof accepted === 'string') throw new Error(`Not known: ${accepted}`);
    const nothing = Buffer.alloc(0);
    const client = { channel: this.client, rest: early?.client ?? nothing };
    const server = { channel: this.server, rest: early?.server ?? nothing };
    this.ended = new WebSocketSession({ context, flow: this.flow, clock: new Clock(), client, server }, accepted).run();
  }

  /** Lets the time of silence pass. */
  expire(): void {
    for (const expire of this.onSilence) expire();
  }

  private deadline(onExpiry: () => void): Deadline {
    const deadline: Deadline = {
      onExpiry,
      set: (seconds) => {
        this.silence = seconds;
      },
      clear: () => {},
      dispose: () => {},
    };
    this.onSilence.push(() => deadline.onExpiry());
    return deadline;
  }

  /** Both sides end. @returns why it failed, if it did */
  async end(): Promise<string | undefined> {
    if (!this.client.stream.readableEnded && !this.client.destroyed) this.client.give(null);
    if (!this.server.stream.readableEnded && !this.server.destroyed) this.server.give(null);
    return (await this.ended)?.message;
  }

  async messages(): Promise<Message[]> {
    const messages: Message[] = [];
    for await (const message of this.flow.messages!) messages.push(message);
    return messages;
  }

  /** `> 1 text of the client`, `< 2 bytes of the server`, with what else is recorded of a message behind. */
  async recorded(): Promise<string[]> {
    return (await this.messages()).map(describe);
  }
}

function describe({ fromClient, opcode, content, dropped, injected, more }: Message): string {
  const flags = `${dropped ? ' dropped' : ''}${injected ? ' injected' : ''}${more ? ' more' : ''}`;
  return `${fromClient ? '>' : '<'} ${opcode} ${content}${flags}`;
}
