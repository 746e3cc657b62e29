import type { ClientConnection, ServerConnection, TlsSession } from '../../flow/connection.js';

/** A connection as an object for JSON. */
export function encodeClient(client: ClientConnection, certificates = true): Record<string, unknown> {
  const { id, peer, local, mode } = client;
  return { id, peer, local, mode, ...shared(client, certificates) };
}

/** A connection as an object for JSON. */
export function encodeServer(server: ServerConnection, certificates = true): Record<string, unknown> {
  const { id, address, via, peer, local, timestampTcpSetup } = server;
  return { id, address, via, peer, local, timestampTcpSetup, ...shared(server, certificates) };
}

function shared(connection: ClientConnection | ServerConnection, certificates: boolean): Record<string, unknown> {
  const { transport, tls, timestampStart, timestampEnd, error } = connection;
  return {
    transport: transport === 'tcp' ? undefined : transport,
    timestampStart,
    timestampEnd,
    error,
    tls: tls && encodeTls(tls, certificates),
  };
}

function encodeTls(tls: TlsSession, certificates: boolean): Record<string, unknown> {
  const { version, cipher, sni, alpn, alpnOffers, cipherOffers, timestampSetup } = tls;
  const chain = certificates ? tls.certificates.map((certificate) => certificate.toString('base64')) : [];
  return {
    version,
    cipher,
    sni,
    alpn,
    alpnOffers: unlessEmpty(alpnOffers),
    cipherOffers: unlessEmpty(cipherOffers),
    timestampSetup,
    certificates: unlessEmpty(chain),
  };
}

function unlessEmpty<Item>(list: readonly Item[]): readonly Item[] | undefined {
  return list.length > 0 ? list : undefined;
}
