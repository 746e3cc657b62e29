import { type Address, ClientConnection, ServerConnection, type TlsFacts, type Via } from '../../flow/connection.js';
import type { ReadChains } from './certificates.js';
import type { MessagePackDecoder } from './msgpack-decoder.js';

/** @throws FieldError */
export function decodeClient(input: MessagePackDecoder, chains: ReadChains): ClientConnection {
  const client = new ClientConnection();
  decodeConnection(input, client, chains);
  return client;
}

/** @throws FieldError */
export function decodeServer(input: MessagePackDecoder, chains: ReadChains): ServerConnection {
  const server = new ServerConnection();
  decodeConnection(input, server, chains);
  return server;
}

/** A connection of its own for another flow, so that addons that change one do not change both. */
export function cloneClient(from: ClientConnection): ClientConnection {
  const client = new ClientConnection(from.id);
  client.mode = from.mode;
  return copyConnection(from, client);
}

/** The same for a connection to a server. */
export function cloneServer(from: ServerConnection): ServerConnection {
  const server = new ServerConnection(from.id);
  server.address = from.address;
  server.timestampTcpSetup = from.timestampTcpSetup;
  server.via = from.via;
  return copyConnection(from, server);
}

function copyConnection<Connection extends ClientConnection | ServerConnection>(
  from: Connection,
  to: Connection,
): Connection {
  to.transport = from.transport;
  to.peer = from.peer;
  to.local = from.local;
  to.tls = from.tls && { ...from.tls };
  to.timestampStart = from.timestampStart;
  to.timestampEnd = from.timestampEnd;
  to.error = from.error;
  return to;
}

function decodeConnection(
  input: MessagePackDecoder,
  connection: ClientConnection | ServerConnection,
  chains: ReadChains,
): void {
  for (let left = input.map(); left > 0; left--) {
    const key = input.key();
    switch (key) {
      case 'id':
        connection.id = input.text();
        break;
      case 'peer':
        connection.peer = decodeAddress(input);
        break;
      case 'local':
        connection.local = decodeAddress(input);
        break;
      case 'transport':
        connection.transport = input.text() === 'udp' ? 'udp' : 'tcp';
        break;
      case 'tls':
        connection.tls = decodeTls(input, chains);
        break;
      case 'start':
        connection.timestampStart = input.number();
        break;
      case 'end':
        connection.timestampEnd = input.number();
        break;
      case 'error':
        connection.error = input.text();
        break;
      default:
        decodeOwn(input, connection, key);
    }
  }
}

/** What only one of the two has. */
function decodeOwn(input: MessagePackDecoder, connection: ClientConnection | ServerConnection, key: string): void {
  if (connection instanceof ClientConnection) {
    if (key === 'mode') connection.mode = input.text();
    else input.skip();
  } else if (key === 'address') connection.address = decodeAddress(input);
  else if (key === 'tcpSetup') connection.timestampTcpSetup = input.number();
  else if (key === 'via') connection.via = decodeVia(input);
  else input.skip();
}

function decodeTls(input: MessagePackDecoder, chains: ReadChains): TlsFacts {
  const tls: TlsFacts = {
    version: '',
    cipher: '',
    sni: undefined,
    alpn: undefined,
    alpnOffers: [],
    cipherOffers: [],
    certificates: [],
    timestampSetup: 0,
  };
  let hash: Buffer | undefined;
  for (let left = input.map(); left > 0; left--) {
    switch (input.key()) {
      case 'version':
        tls.version = input.text();
        break;
      case 'cipher':
        tls.cipher = input.text();
        break;
      case 'sni':
        tls.sni = input.text();
        break;
      case 'alpn':
        tls.alpn = input.text();
        break;
      case 'alpnOffers':
        for (let items = input.list(); items > 0; items--) tls.alpnOffers.push(input.text());
        break;
      case 'cipherOffers':
        for (let items = input.list(); items > 0; items--) tls.cipherOffers.push(input.number());
        break;
      case 'certificates':
        for (let items = input.list(); items > 0; items--) tls.certificates.push(input.binary());
        break;
      case 'leafSha256':
        hash = input.binary();
        break;
      case 'setup':
        tls.timestampSetup = input.number();
        break;
      default:
        input.skip();
    }
  }
  if (tls.certificates.length > 0) tls.certificates = chains.intern(tls.certificates);
  else if (hash) tls.certificates = chains.find(hash) ?? [];
  return tls;
}

function decodeVia(input: MessagePackDecoder): Via {
  const size = input.list();
  const scheme = input.text() as Via['scheme'];
  const address: Address = [input.text(), input.number()];
  for (let left = size - 3; left > 0; left--) input.skip();
  return { scheme, address };
}

function decodeAddress(input: MessagePackDecoder): Address {
  const size = input.list();
  const host = input.text();
  const port = input.number();
  for (let left = size - 2; left > 0; left--) input.skip();
  return [host, port];
}
