import {
  type Address,
  ClientConnection,
  ServerConnection,
  type TlsSession,
  type Via,
} from '../../../flow/connection.js';
import { ADDRESS, BINARY, INT, listOf, someOf, TEXT, TIME, VIA } from './codecs.js';
import { FieldsOf, MapSchema } from './map-schema.js';

/** A TLS session, and the hash that replaces its certificate chain, if that is written elsewhere. */
interface TlsSource {
  tls: TlsSession;
  leaf: Buffer | undefined;
}

class DecodedTls {
  version = '';
  cipher = '';
  sni: string | undefined = undefined;
  alpn: string | undefined = undefined;
  alpnOffers: string[] = [];
  cipherOffers: number[] = [];
  leafSha256: Buffer | undefined = undefined;
  certificates: Buffer[] = [];
  setup = 0;
}

class DecodedConnection {
  id: string | undefined = undefined;
  address: Address | undefined = undefined;
  peer: Address | undefined = undefined;
  local: Address | undefined = undefined;
  transport = '';
  via: Via | undefined = undefined;
  mode: string | undefined = undefined;
  tls: TlsSession | undefined = undefined;
  start = 0;
  tcpSetup: number | undefined = undefined;
  end: number | undefined = undefined;
  error: string | undefined = undefined;
}

const tls = new FieldsOf<TlsSource, DecodedTls>();
const either = new FieldsOf<ClientConnection | ServerConnection, DecodedConnection>();
const client = new FieldsOf<ClientConnection, DecodedConnection>();
const server = new FieldsOf<ServerConnection, DecodedConnection>();

export const TLS = new MapSchema<TlsSource, DecodedTls, TlsSession>(
  [
    tls.required('version', TEXT, '`TLSv1.3`', ({ tls }) => tls.version),
    tls.required('cipher', TEXT, "the cipher suite, by OpenSSL's name", ({ tls }) => tls.cipher),
    tls.optional('sni', TEXT, 'the requested server name', ({ tls }) => tls.sni),
    tls.optional('alpn', TEXT, 'the negotiated protocol', ({ tls }) => tls.alpn),
    tls.optional('alpnOffers', listOf(TEXT), 'the protocols offered', ({ tls }) => someOf(tls.alpnOffers)),
    tls.optional('cipherOffers', listOf(INT), 'the cipher suites offered, by their IANA numbers', ({ tls }) =>
      someOf(tls.cipherOffers),
    ),
    tls.optional(
      'leafSha256',
      BINARY,
      'replaces `certificates`: the SHA-256 of the leaf',
      ({ leaf }) => leaf,
      'certificates',
    ),
    tls.optional(
      'certificates',
      listOf(BINARY),
      'the certificates of the peer in DER, the leaf first',
      ({ tls, leaf }) => (leaf ? undefined : someOf(tls.certificates)),
    ),
    tls.required('setup', TIME, 'when the handshake was completed', ({ tls }) => tls.timestampSetup),
  ],
  () => new DecodedTls(),
  (
    { version, cipher, sni, alpn, alpnOffers, cipherOffers, certificates, leafSha256, setup },
    { chains },
  ): TlsSession => {
    let chain = certificates;
    if (chain.length > 0) chain = chains.intern(chain);
    else if (leafSha256) chain = chains.find(leafSha256) ?? [];
    return { version, cipher, sni, alpn, alpnOffers, cipherOffers, certificates: chain, timestampSetup: setup };
  },
);

const ID = either.required('id', TEXT, 'the same in all flows of one connection', ({ id }) => id);
const PEER = either.optional('peer', ADDRESS, 'the other end', ({ peer }) => peer);
const LOCAL = either.optional('local', ADDRESS, "tsdump's end", ({ local }) => local);
const TRANSPORT = either.optional('transport', TEXT, '`udp`; absent: TCP', ({ transport }) =>
  transport === 'tcp' ? undefined : transport,
);
const SESSION = either.optional('tls', TLS, 'present if the handshake was completed', ({ id, tls }, { chains }) => {
  if (!tls) return undefined;
  return { tls, leaf: tls.certificates.length > 0 ? chains.leafOnly(id, tls.certificates) : undefined };
});
const END = either.optional('end', TIME, 'when it was closed', ({ timestampEnd }) => timestampEnd);
const ERROR = either.optional('error', TEXT, 'why it failed', ({ error }) => error);

export const CLIENT = new MapSchema<ClientConnection, DecodedConnection, ClientConnection>(
  [
    ID,
    PEER,
    LOCAL,
    TRANSPORT,
    client.required(
      'mode',
      TEXT,
      'the mode in which tsdump listened, such as `regular` or `reverse:https://example.com`',
      ({ mode }) => mode,
    ),
    SESSION,
    client.required('start', TIME, 'when it was accepted', ({ timestampStart }) => timestampStart),
    END,
    ERROR,
  ],
  () => new DecodedConnection(),
  (decoded): ClientConnection => {
    const connection = new ClientConnection(decoded.id);
    if (decoded.mode !== undefined) connection.mode = decoded.mode;
    return finish(connection, decoded);
  },
);

export const SERVER = new MapSchema<ServerConnection, DecodedConnection, ServerConnection>(
  [
    ID,
    server.optional('address', ADDRESS, 'the destination, perhaps as a name', ({ address }) => address),
    PEER,
    LOCAL,
    TRANSPORT,
    server.optional(
      'via',
      VIA,
      'the proxy of the connection: scheme (`http`, `https` or `socks5`), host and port; then `peer` is its address',
      ({ via }) => via,
    ),
    server.required(
      'start',
      TIME,
      'when connecting began; 0 if it never began',
      ({ timestampStart }) => timestampStart,
    ),
    server.optional('tcpSetup', TIME, 'when TCP was connected', ({ timestampTcpSetup }) => timestampTcpSetup),
    SESSION,
    END,
    ERROR,
  ],
  () => new DecodedConnection(),
  (decoded): ServerConnection => {
    const connection = new ServerConnection(decoded.id);
    connection.address = decoded.address;
    connection.via = decoded.via;
    connection.timestampTcpSetup = decoded.tcpSetup;
    return finish(connection, decoded);
  },
);

function finish<Connection extends ClientConnection | ServerConnection>(
  connection: Connection,
  { transport, peer, local, tls, start, end, error }: DecodedConnection,
): Connection {
  connection.transport = transport === 'udp' ? 'udp' : 'tcp';
  connection.peer = peer;
  connection.local = local;
  connection.tls = tls;
  connection.timestampStart = start;
  connection.timestampEnd = end;
  connection.error = error;
  return connection;
}
