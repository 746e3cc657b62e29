import { type Address, ClientConnection, ServerConnection, type TlsSession } from '../../../flow/connection.js';
import { type ConnectionFacts, knownFacts, type TsdumpTlsFacts } from '../facts.js';
import type { TnetstringDecoder } from '../tnetstring/tnetstring-decoder.js';
import { type ConnectionTools, decodeRaw, type RawConnection } from './raw-connection.js';
import { decodeVia } from './via.js';

/** A connection, and what mitmproxy says of it that it has no place for. */
export interface Decoded<Connection> {
  connection: Connection;
  facts: ConnectionFacts | undefined;
}

/** @throws FieldError or TnetstringError */
export function decodeClient(
  input: TnetstringDecoder,
  version: number,
  tools: ConnectionTools,
  own: TsdumpTlsFacts | undefined,
): Decoded<ClientConnection> {
  const raw = decodeRaw(input, version, tools, 'client');
  const client = new ClientConnection(raw.id);
  const facts = fill(client, raw, tools, own);
  client.timestampStart = raw.start ?? 0;
  client.peer = known(raw.peername ?? raw.address);
  client.local = known(raw.sockname);
  client.mode = raw.mode;
  return { connection: client, facts: knownFacts(facts) };
}

/** @throws FieldError or TnetstringError */
export function decodeServer(
  input: TnetstringDecoder,
  version: number,
  tools: ConnectionTools,
  own: TsdumpTlsFacts | undefined,
): Decoded<ServerConnection> {
  const raw = decodeRaw(input, version, tools, 'server');
  const server = new ServerConnection(raw.id);
  if (raw.sni === true) raw.sni = raw.address?.[0];
  const facts = fill(server, raw, tools, own);
  server.timestampStart = raw.start ?? 0;
  server.peer = raw.peername;
  server.local = raw.sockname;
  server.address = raw.address;
  server.timestampTcpSetup = raw.tcpSetup;
  server.via = decodeVia(raw.via);
  if (!server.via && Array.isArray(raw.via)) facts.via = raw.via;
  return { connection: server, facts: knownFacts(facts) };
}

/** What both have in common. @returns what the connection has no place for */
function fill(
  connection: ClientConnection | ServerConnection,
  raw: RawConnection,
  tools: ConnectionTools,
  own: TsdumpTlsFacts | undefined,
): ConnectionFacts {
  connection.transport = raw.transport === 'udp' ? 'udp' : 'tcp';
  connection.timestampEnd = raw.end;
  connection.error = raw.error;
  if (raw.tlsSetup === undefined) return factsOf(raw);
  const ciphers = (raw.cipherList ?? []).map((name) => tools.ciphers.number(name));
  const numbers = ciphers.filter((number) => number !== undefined);
  connection.tls = newTls(raw, raw.tlsSetup, numbers, own);
  connection.tls.certificates = tools.pem.intern(connection.tls.certificates);
  return {
    tls: raw.tls ? undefined : false,
    cipher_list: numbers.length === ciphers.length ? undefined : raw.cipherList,
  };
}

function newTls(raw: RawConnection, setup: number, ciphers: number[], own: TsdumpTlsFacts | undefined): TlsSession {
  return {
    version: raw.version ?? own?.version ?? '',
    cipher: raw.cipher ?? '',
    sni: raw.sni === true ? undefined : raw.sni,
    alpn: raw.alpn,
    alpnOffers: raw.alpnOffers ?? [],
    cipherOffers: ciphers,
    certificates: own?.certificates ?? raw.certificates,
    timestampSetup: setup,
  };
}

/** A connection that was to have TLS, and did not get there, has no TLS facts; what is known is kept by its name. */
function factsOf({
  tls,
  sni,
  alpn,
  alpnOffers,
  cipher,
  cipherList,
  version,
  certificates,
}: RawConnection): ConnectionFacts {
  return {
    tls: tls || undefined,
    sni,
    alpn,
    alpn_offers: alpnOffers?.length ? alpnOffers : undefined,
    cipher,
    cipher_list: cipherList?.length ? cipherList : undefined,
    tls_version: version,
    certificate_list: certificates.length > 0 ? certificates : undefined,
  };
}

/** mitmproxy's way to say that an address is not known. */
function known(address: Address | undefined): Address | undefined {
  return address?.[0] === '' && address[1] === 0 ? undefined : address;
}
