import { type Address, ClientConnection, ServerConnection, type TlsSession, type Via } from '../../flow/connection.js';
import type { ReadChains } from '../shared/certificates.js';
import { type Fields, isNumber, isText } from './fields.js';
import { decodeBase64 } from './text/base64.js';

/** @param fields undefined for an unknown connection @throws JsonError */
export function decodeClient(fields: Fields | undefined, chains: ReadChains): ClientConnection {
  const client = new ClientConnection(fields?.text('id'));
  client.mode = fields?.text('mode') ?? client.mode;
  if (fields) decodeShared(fields, client, chains);
  return client;
}

/** @param fields undefined for an unknown connection @throws JsonError */
export function decodeServer(fields: Fields | undefined, chains: ReadChains): ServerConnection {
  const server = new ServerConnection(fields?.text('id'));
  server.address = fields && address(fields, 'address');
  server.via = fields && decodeVia(fields);
  server.timestampTcpSetup = fields?.number('timestampTcpSetup');
  if (fields) decodeShared(fields, server, chains);
  return server;
}

function decodeShared(fields: Fields, connection: ClientConnection | ServerConnection, chains: ReadChains): void {
  const transport = fields.text('transport') ?? 'tcp';
  if (transport !== 'tcp' && transport !== 'udp') throw fields.wrong('transport', '"tcp" or "udp"');
  connection.transport = transport;
  connection.peer = address(fields, 'peer');
  connection.local = address(fields, 'local');
  connection.timestampStart = fields.number('timestampStart') ?? 0;
  connection.timestampEnd = fields.number('timestampEnd');
  connection.error = fields.text('error');
  const tls = fields.object('tls');
  connection.tls = tls && decodeTls(tls, chains);
}

function decodeVia(fields: Fields): Via | undefined {
  const via = fields.object('via');
  if (!via) return undefined;
  const scheme = via.need(via.text('scheme'), 'scheme');
  if (scheme !== 'http' && scheme !== 'https' && scheme !== 'socks5') {
    throw via.wrong('scheme', '"http", "https" or "socks5"');
  }
  return { scheme, address: via.need(address(via, 'address'), 'address') };
}

function decodeTls(fields: Fields, chains: ReadChains): TlsSession {
  const certificates = fields.items('certificates', isText, 'a list of strings').map(decodeBase64);
  return {
    version: fields.text('version') ?? '',
    cipher: fields.text('cipher') ?? '',
    sni: fields.text('sni'),
    alpn: fields.text('alpn'),
    alpnOffers: fields.items('alpnOffers', isText, 'a list of strings'),
    cipherOffers: fields.items('cipherOffers', isNumber, 'a list of numbers'),
    certificates: certificates.length > 0 ? chains.intern(certificates) : certificates,
    timestampSetup: fields.number('timestampSetup') ?? 0,
  };
}

function address(fields: Fields, key: string): Address | undefined {
  const list = fields.list(key);
  if (!list) return undefined;
  const [host, port] = list;
  if (list.length !== 2 || !isText(host) || !isNumber(port)) throw fields.wrong(key, '[host, port]');
  return [host, port];
}

/** Encodes a client connection as a JSON object. */
export function encodeClient(client: ClientConnection, certificates = true): Record<string, unknown> {
  const { id, peer, local, mode } = client;
  return { id, peer, local, mode, ...shared(client, certificates) };
}

/** Encodes a server connection as a JSON object. */
export function encodeServer(server: ServerConnection, certificates = true): Record<string, unknown> {
  const { id, address, peer, local, timestampTcpSetup } = server;
  // Never with the credentials of a proxy that an addon has set.
  const via = server.via && { scheme: server.via.scheme, address: server.via.address };
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
    alpnOffers: nonEmpty(alpnOffers),
    cipherOffers: nonEmpty(cipherOffers),
    timestampSetup,
    certificates: nonEmpty(chain),
  };
}

function nonEmpty<Item>(list: readonly Item[]): readonly Item[] | undefined {
  return list.length > 0 ? list : undefined;
}
