import type { ErrorCode } from '../../../flow/error-codes.js';
import type { Delivery } from '../../../flow/http/delivery.js';
import { isWebSocket } from '../../../flow/http/websocket-handshake.js';
import { MessageLog } from '../../../flow/message-log/message-log.js';
import { KilledError, RelayError } from '../../errors.js';
import { memoryConnection } from '../../net/memory-channel.js';
import { FlowChannel } from '../../relay/flow-channel.js';
import { Relay } from '../../relay/relay.js';
import { acceptedExtensions } from '../../websocket/extensions.js';
import { keepsMessages, type UpgradedConnection, WebSocketSession } from '../../websocket/session.js';
import { describeFailure } from '../failure.js';
import type { Tunnel } from '../wire.js';

/** A tunnel to a server inside this process. */
export function serveLocally(serve: NonNullable<Delivery['serve']>): Tunnel {
  const { channel, peer } = memoryConnection();
  serve(peer);
  return { channel, rest: Buffer.alloc(0) };
}

/**
 * Relays the connection after a 101, and records its messages in the flow.
 * @returns the error, if it ended abnormally
 */
export async function relayUpgrade(connection: UpgradedConnection): Promise<Error | undefined> {
  const { context, flow, clock, client, server } = connection;
  const { services } = context;
  if (services.options.websocket && isWebSocket(flow)) {
    const extensions = acceptedExtensions(flow.response!.headers);
    if (typeof extensions === 'object') {
      const session = new WebSocketSession(connection, extensions);
      return failureOf(session, await session.run());
    }
    services.log.warn(`WebSocket with unknown extensions is relayed as bytes: ${extensions}`, context.client);
    flow.metadata.unknown_websocket_extensions = extensions;
  }
  const messages = new MessageLog();
  flow.messages = messages;
  if (keepsMessages(flow, services.hooks)) messages.keepIn(services.spool);
  const early = { client: client.rest, server: server.rest };
  const channels = { client: client.channel, server: server.channel };
  const relay = new Relay({ context, ...channels, early, clock, log: messages, onMessage: undefined });
  const channel = new FlowChannel(client.channel, server.channel);
  flow.channel = channel;
  const ended = relay.run();
  channel.open(({ toClient, content }) => relay.inject({ toClient, content }));
  const failure = await ended;
  flow.channel = undefined;
  return flow.killed ? new KilledError() : failureOf(relay, failure);
}

/** Makes the failure of a server one of the tunnel, so that the client's departure, which follows, does not take its place. */
function failureOf({ failedByClient }: Relay | WebSocketSession, failure: Error | undefined): Error | undefined {
  if (!failure || failedByClient !== false) return failure;
  const { message, code, internal } = describeFailure(failure, false);
  return internal ? failure : new RelayError(message, code as ErrorCode);
}
