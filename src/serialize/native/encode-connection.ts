import type { Address, ClientConnection, ServerConnection, TlsFacts, Via } from '../../flow/connection.js';
import type { MessagePackEncoder } from './msgpack-encoder.js';

/**
 * What stands for the certificate chain of a connection.
 * @returns the SHA-256 of the first certificate if it is to stand for the chain, undefined if the chain is to be written
 */
export type LeafOnly = (connectionId: string, certificates: readonly Buffer[]) => Buffer | undefined;

/** Writes the connection of a client as `client`. */
export function encodeClient(out: MessagePackEncoder, client: ClientConnection, leafOnly: LeafOnly): void {
  out.beginMapAt('client');
  out.text('id', client.id);
  encodeAddress(out, 'peer', client.peer);
  encodeAddress(out, 'local', client.local);
  if (client.transport !== 'tcp') out.text('transport', client.transport);
  out.text('mode', client.mode);
  if (client.tls) encodeTls(out, client.id, client.tls, leafOnly);
  out.number('start', client.timestampStart);
  out.optionalNumber('end', client.timestampEnd);
  out.optionalText('error', client.error);
  out.endMap();
}

/** Writes the connection to a server as `server`. */
export function encodeServer(out: MessagePackEncoder, server: ServerConnection, leafOnly: LeafOnly): void {
  out.beginMapAt('server');
  out.text('id', server.id);
  encodeAddress(out, 'address', server.address);
  encodeAddress(out, 'peer', server.peer);
  encodeAddress(out, 'local', server.local);
  if (server.transport !== 'tcp') out.text('transport', server.transport);
  if (server.via) encodeVia(out, server.via);
  out.number('start', server.timestampStart);
  out.optionalNumber('tcpSetup', server.timestampTcpSetup);
  if (server.tls) encodeTls(out, server.id, server.tls, leafOnly);
  out.optionalNumber('end', server.timestampEnd);
  out.optionalText('error', server.error);
  out.endMap();
}

function encodeTls(out: MessagePackEncoder, connectionId: string, tls: TlsFacts, leafOnly: LeafOnly): void {
  out.beginMapAt('tls');
  out.text('version', tls.version);
  out.text('cipher', tls.cipher);
  out.optionalText('sni', tls.sni);
  out.optionalText('alpn', tls.alpn);
  if (tls.alpnOffers.length > 0) {
    out.beginList('alpnOffers', tls.alpnOffers.length);
    for (const name of tls.alpnOffers) out.putText(name);
  }
  if (tls.cipherOffers.length > 0) {
    out.beginList('cipherOffers', tls.cipherOffers.length);
    for (const number of tls.cipherOffers) out.putNumber(number);
  }
  if (tls.certificates.length > 0) {
    const leaf = leafOnly(connectionId, tls.certificates);
    if (leaf) out.binary('leafSha256', leaf);
    else {
      out.beginList('certificates', tls.certificates.length);
      for (const certificate of tls.certificates) out.putBinary(certificate);
    }
  }
  out.number('setup', tls.timestampSetup);
  out.endMap();
}

function encodeVia(out: MessagePackEncoder, { scheme, address: [host, port] }: Via): void {
  out.beginList('via', 3);
  out.putText(scheme);
  out.putText(host);
  out.putNumber(port);
}

function encodeAddress(out: MessagePackEncoder, key: string, value: Address | undefined): void {
  if (!value) return;
  out.beginList(key, 2);
  out.putText(value[0]);
  out.putNumber(value[1]);
}
