import { MessageLog } from '../../../flow/body/messagelog.js';
import type { Clock } from '../../../flow/clock.js';
import type { HttpFlow } from '../../../flow/flow.js';
import type { ClientContext } from '../../client/client-context.js';
import { KilledError } from '../../errors.js';
import { FlowChannel } from '../../relay/flow-channel.js';
import { Relay } from '../../relay/relay.js';
import type { Tunnel } from '../wire.js';

/** Passes on the bytes behind a 101, and records them as messages of its flow. @returns why it broke off, if it did */
export async function relayUpgrade(
  context: ClientContext,
  flow: HttpFlow,
  clock: Clock,
  client: Tunnel,
  server: Tunnel,
): Promise<Error | undefined> {
  const { hooks, spool } = context.services;
  const messages = new MessageLog();
  flow.messages = messages;
  if (hooks.keepsBodies(flow, 'responseHeaders')) messages.keepIn(spool);
  const relay = new Relay({
    context,
    client: client.channel,
    server: server.channel,
    early: { client: client.rest, server: server.rest },
    clock,
    log: messages,
    onMessage: undefined,
  });
  const channel = new FlowChannel(client.channel, server.channel);
  flow.channel = channel;
  channel.open(({ toClient, content }) => relay.inject({ toClient, content }));
  const failure = await relay.ended;
  flow.channel = undefined;
  return flow.killed ? new KilledError() : failure;
}
