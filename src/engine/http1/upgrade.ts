import { MessageLog } from '../../flow/messagelog.js';
import { relay } from '../tcp-relay.js';
import type { LeavingExchange } from './leaving-exchange.js';
import type { Outcome } from './outcome.js';
import type { Upstream } from './upstream.js';

/**
 * After a 101 the connection speaks another protocol (RFC 9110 section 7.8): the flow stays open, and the bytes of both
 * directions belong to it, until both have ended.
 */
export async function tunnelUpgrade(exchange: LeavingExchange, upstream: Upstream): Promise<Outcome> {
  const { flow, downstream, clock } = exchange;
  const { context, channel } = downstream;
  const { hooks, spool } = context.services;
  flow.messages = new MessageLog();
  if (hooks.keepsBodies(flow, 'responseHeaders')) flow.messages.keepIn(spool);
  await exchange.told(hooks.emit('responseHeaders', flow));
  await exchange.told(hooks.emit('response', flow));
  exchange.response.begun = true;
  exchange.acceptEnd();
  downstream.outlet.write(exchange.response.headOf(flow.response!));
  downstream.outlet.flush();
  const failure = await relay({
    context,
    client: channel,
    server: upstream.channel,
    early: { client: downstream.reader.detach(), server: upstream.reader.detach() },
    clock,
    log: flow.messages,
    onMessage: undefined,
  });
  const response = flow.response!;
  response.body.complete = true;
  response.timestampEnd = clock.now();
  if (failure) throw failure;
  return 'broken';
}
