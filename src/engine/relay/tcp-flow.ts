import { Clock } from '../../flow/clock.js';
import { systemCode } from '../../flow/error-codes.js';
import { TcpFlow } from '../../flow/flow.js';
import type { LiveMessage } from '../../flow/message-log/live-message.js';
import { MessageLog } from '../../flow/message-log/message-log.js';
import type { ClientContext } from '../client/client-context.js';
import { firstError, KilledError, socketErrorText } from '../errors.js';
import type { Channel } from '../net/channel.js';
import { endFlow } from '../services.js';
import type { ServerChannel } from '../upstream/server-channel.js';
import { FlowChannel } from './flow-channel.js';
import { Relay } from './relay.js';

/** Relays a connection that is not HTTP and records it as a TCP flow. */
export async function serveTcp(context: ClientContext, client: Channel, server: ServerChannel): Promise<void> {
  const { services } = context;
  const { hooks, spool } = services;
  const clock = new Clock();
  const log = new MessageLog();
  const flow = new TcpFlow(context.client, server.connection, log, clock.start);
  if (hooks.keepsBodies(flow, 'requestHeaders')) log.keepIn(spool);
  const channel = new FlowChannel(client, server);
  flow.channel = channel;
  await hooks.emit('tcpStart', flow);
  const intercept = (message: LiveMessage): undefined | Promise<void> => {
    const pending = hooks.emit('tcpMessage', { flow, message });
    if (pending) return pending.then(() => stopIfKilled());
    stopIfKilled();
    return undefined;
  };
  const stopIfKilled = (): void => {
    if (flow.killed) throw new KilledError();
  };
  const onMessage = hooks.listens('tcpMessage') ? intercept : undefined;
  let failure: Error | undefined;
  if (flow.killed) {
    client.resetConnection();
    server.destroy();
  } else {
    const relay = new Relay({ context, client, server, clock, log, onMessage });
    const ended = relay.run();
    channel.open(({ toClient, content }) => relay.inject({ toClient, content }));
    failure = await ended;
  }
  flow.channel = undefined;
  if (failure || flow.killed) {
    const reason = flow.killed ? new KilledError().message : socketErrorText(failure!);
    const code = flow.killed ? 'killed' : (systemCode(firstError(failure!)) ?? 'connection-closed');
    const { interrupted } = context;
    flow.error = {
      message: interrupted ? 'interrupted' : reason,
      timestamp: clock.now(),
      code: interrupted ? 'interrupted' : code,
    };
    await hooks.emit('error', flow);
  } else await hooks.emit('tcpEnd', flow);
  await endFlow(services, flow);
}
