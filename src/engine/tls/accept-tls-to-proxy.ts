import { ServerConnection } from '../../flow/connection.js';
import type { ClientContext } from '../client/client-context.js';
import type { TlsTarget } from '../client/passthrough/distrust-cache.js';
import type { Channel } from '../net/channel.js';
import { acceptClient, keyTypeFor } from './accept-client.js';
import { leafSubject } from './authority/leaf.js';
import { refuseClientHello } from './client-failure.js';
import { readClientHello } from './client-hello/client-hello-reader.js';
import { HTTP1 } from './passes-through.js';
import { LOCALHOST } from './upstream/requested-server.js';

/** Performs the TLS handshake with a client that uses an https URL for the proxy itself. */
export async function acceptTlsToProxy(context: ClientContext, channel: Channel): Promise<Channel | undefined> {
  const { services, client } = context;
  const hello = await readClientHello(channel.stream, services.deadlines.create(), services.options.headerTimeout);
  if (hello?.kind !== 'hello') {
    refuseClientHello(context, channel, new ServerConnection(), hello);
    return undefined;
  }
  const host = hello.sni ?? client.local?.[0] ?? 'localhost';
  const target: TlsTarget = { host, port: client.local?.[1] ?? 0 };
  const subject = leafSubject(undefined, host) ?? LOCALHOST;
  const leaf = await services.tls.leaves.leafFor({ keyType: await keyTypeFor(context, hello), ...subject });
  // HTTP/1 only: CONNECT takes over its connection.
  const alpn = HTTP1.find((protocol) => hello.alpnOffers.includes(protocol));
  const server = new ServerConnection();
  const stream = await acceptClient(context, channel, { hello, leaf, alpn, target, server });
  return stream && channel.secured(stream);
}
