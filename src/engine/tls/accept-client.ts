import type { TLSSocket } from 'node:tls';
import type { ServerConnection, TlsSession } from '../../flow/connection.js';
import type { ClientContext } from '../client/client-context.js';
import type { TlsTarget } from '../client/passthrough/distrust-cache.js';
import type { Channel } from '../net/channel.js';
import type { Leaf } from './authority/leaf-cache.js';
import type { KeyType } from './authority/leaf-keys.js';
import { reportClientFailure, watchForLateDistrust } from './client-failure.js';
import { type ClientHello, TLS1_2, TLS1_3 } from './client-hello/client-hello.js';
import { offersEcdsa } from './client-hello/ecdsa-offer.js';
import { certificateChain } from './x509/peer-certificates.js';

/** What a client's handshake is continued with. */
interface ClientAnswer {
  readonly hello: ClientHello;
  readonly leaf: Leaf;
  /** The protocol for the client; undefined for a handshake without ALPN. */
  readonly alpn: string | undefined;
  readonly target: TlsTarget;
  /** For the hook `tlsFailedClient`. */
  readonly server: ServerConnection;
}

/**
 * Answers a client's ClientHello, which is still unread in the channel, and completes the handshake.
 * @returns the decrypted stream; undefined if the handshake failed, which is then reported
 */
export async function acceptClient(
  context: ClientContext,
  channel: Channel,
  { hello, leaf, alpn, target, server }: ClientAnswer,
): Promise<TLSSocket | undefined> {
  const { tls, options } = context.services;
  try {
    const stream = await tls.clients.accept(channel.stream, leaf, alpn, options.headerTimeout);
    watchForLateDistrust(context, stream, target);
    context.client.tls = sessionOf(context, stream, hello);
    return stream;
  } catch (error) {
    reportClientFailure(context, channel, server, target, error as Error);
    return undefined;
  }
}

/** The key type of the leaf: ECDSA, unless it cannot be agreed on in the version that we would negotiate. */
export async function keyTypeFor({ services }: ClientContext, hello: ClientHello): Promise<KeyType> {
  const { tlsVersionClientMax } = services.options;
  const highest = tlsVersionClientMax === 'UNBOUNDED' || tlsVersionClientMax === 'TLS1_3' ? TLS1_3 : TLS1_2;
  return offersEcdsa(hello, highest, await services.tls.enabledSuites) ? 'ec' : 'rsa';
}

function sessionOf(context: ClientContext, stream: TLSSocket, hello: ClientHello): TlsSession {
  return {
    version: stream.getProtocol() ?? '',
    cipher: stream.getCipher().name,
    sni: hello.sni,
    alpn: stream.alpnProtocol || undefined,
    alpnOffers: hello.alpnOffers,
    cipherOffers: hello.cipherSuites,
    certificates: context.services.options.requestClientCert ? certificateChain(stream) : [],
    timestampSetup: context.clock.now(),
  };
}
