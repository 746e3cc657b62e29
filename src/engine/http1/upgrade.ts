import { MessageLog } from '../../flow/messagelog.js';
import { relay } from '../tcp-relay.js';
import type { Exchange } from './exchange.js';
import type { Outcome } from './session.js';
import type { Upstream } from './upstream.js';

/**
 * After a 101 the connection speaks another protocol (RFC 9110 section 7.8): the flow stays open, and the bytes of both
 * directions belong to it, until both have ended.
 */
export async function tunnelUpgrade(exchange: Exchange, upstream: Upstream): Promise<Outcome> {
  const { flow, session, clock } = exchange;
  const { context, channel } = session;
  const { hooks, spool } = context.services;
  flow.messages = new MessageLog();
  if (hooks.keepsBodies(flow, 'responseHeaders')) flow.messages.keepIn(spool);
  await exchange.told(hooks.emit('responseHeaders', flow));
  await exchange.told(hooks.emit('response', flow));
  exchange.response.begun = true;
  exchange.acceptEnd();
  session.outlet.write(exchange.response.headOf(flow.response!));
  session.outlet.flush();
  const failure = await relay({
    context,
    client: channel,
    server: upstream.channel,
    early: { client: session.reader.detach(), server: upstream.reader.detach() },
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
