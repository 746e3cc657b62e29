import { Clock } from '../../../flow/clock.js';
import { formatAddress } from '../../../flow/connection.js';
import { TcpFlow } from '../../../flow/flow.js';
import { MessageLog } from '../../../flow/message-log/message-log.js';
import type { Channel } from '../../net/channel.js';
import { Relay } from '../../relay/relay.js';
import { endFlow } from '../../services.js';
import { ClientHelloReader } from '../../tls/client-hello/client-hello-reader.js';
import type { ServerChannel } from '../../upstream/server-channel.js';
import type { ClientContext } from '../client-context.js';

/**
 * Relays the bytes of an ignored connection. With `show_ignored_hosts` a flow records the connection and its byte
 * counts, but no content; only `flowEnd` sees that flow.
 * @param name that the client gave for the server
 */
export async function serveIgnored(
  context: ClientContext,
  client: Channel,
  server: ServerChannel,
  name: string | undefined,
): Promise<void> {
  const { services } = context;
  const { showIgnoredHosts } = services.options;
  services.log.debug(`Ignored: ${name ?? formatAddress(server.connection.address)}`, context.client);
  const names = new NameWatcher(name, showIgnoredHosts);
  const clock = new Clock();
  const log = new MessageLog();
  let fromClient = 0;
  await new Relay({
    context,
    client,
    server,
    clock,
    log,
    onMessage: (message) => {
      if (!message.fromClient) return undefined;
      fromClient += message.content.length;
      names.push(message.content);
      return undefined;
    },
  }).run();
  if (!showIgnoredHosts) return;
  const flow = new TcpFlow(context.client, server.connection, new MessageLog(), clock.start);
  flow.metadata = {
    ignored: true,
    ...(names.name === undefined ? {} : { host: names.name }),
    bytes_from_client: fromClient,
    bytes_from_server: log.size - fromClient,
    duration: Math.round((clock.now() - clock.start) * 1e6) / 1e6,
  };
  // Errors of either side are not recorded: many TLS peers close with a reset.
  if (context.interrupted) flow.error = { message: 'interrupted', timestamp: clock.now(), code: 'interrupted' };
  await endFlow(services, flow);
}

/** Reads the SNI of a passing ClientHello when the name was not needed before. */
class NameWatcher {
  private reader: ClientHelloReader | undefined;

  constructor(
    public name: string | undefined,
    wanted: boolean,
  ) {
    if (wanted && name === undefined) this.reader = new ClientHelloReader();
  }

  push(bytes: Buffer): void {
    const outcome = this.reader?.push(bytes);
    if (outcome === undefined || outcome === 'more') return;
    if (outcome.kind === 'hello') this.name = outcome.sni;
    this.reader = undefined;
  }
}
