import { type Address, ClientConnection, ServerConnection, type TlsSession } from '../../../flow/connection.js';
import { type ConnectionExtras, definedExtras, type TsdumpTlsExtras } from '../extras.js';
import { encodeHost } from '../tnetstring/host-text.js';
import { TAG } from '../tnetstring/tnetstring.js';
import type { TnetstringDecoder } from '../tnetstring/tnetstring-decoder.js';
import type { TnetstringEncoder } from '../tnetstring/tnetstring-encoder.js';
import type { PemEncoder } from './certificates.js';
import type { CipherNames } from './cipher-names.js';
import { isMitmproxyMode } from './proxy-mode.js';
import { type ConnectionTools, decodeRaw, type RawConnection } from './raw-connection.js';
import { decodeVia, encodeVia, isMitmproxyVia, isViaExtra } from './via.js';

/** A connection, and the fields from mitmproxy that it cannot represent. */
export interface Decoded<Connection> {
  connection: Connection;
  extras: ConnectionExtras | undefined;
}

/** @throws FieldError or TnetstringError */
export function decodeClient(
  input: TnetstringDecoder,
  version: number,
  tools: ConnectionTools,
  own: TsdumpTlsExtras | undefined,
): Decoded<ClientConnection> {
  const raw = decodeRaw(input, version, tools, 'client');
  const client = new ClientConnection(raw.id);
  const extras = fill(client, raw, tools, own);
  client.timestampStart = raw.start ?? 0;
  client.peer = known(raw.peername ?? raw.address);
  client.local = known(raw.sockname);
  client.mode = raw.mode;
  return { connection: client, extras: definedExtras(extras) };
}

/** @throws FieldError or TnetstringError */
export function decodeServer(
  input: TnetstringDecoder,
  version: number,
  tools: ConnectionTools,
  own: TsdumpTlsExtras | undefined,
): Decoded<ServerConnection> {
  const raw = decodeRaw(input, version, tools, 'server');
  const server = new ServerConnection(raw.id);
  if (raw.sni === true) raw.sni = raw.address?.[0];
  const extras = fill(server, raw, tools, own);
  server.timestampStart = raw.start ?? 0;
  server.peer = raw.peername;
  server.local = raw.sockname;
  server.address = raw.address;
  server.timestampTcpSetup = raw.tcpSetup;
  server.via = decodeVia(raw.via);
  if (!server.via && Array.isArray(raw.via)) extras.via = raw.via;
  return { connection: server, extras: definedExtras(extras) };
}

/** Sets the properties common to both kinds of connection. @returns the fields that the connection cannot represent */
function fill(
  connection: ClientConnection | ServerConnection,
  raw: RawConnection,
  tools: ConnectionTools,
  own: TsdumpTlsExtras | undefined,
): ConnectionExtras {
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

function newTls(raw: RawConnection, setup: number, ciphers: number[], own: TsdumpTlsExtras | undefined): TlsSession {
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

/** A connection whose handshake failed has no TLS session; its known fields are kept by mitmproxy's names. */
function factsOf({
  tls,
  sni,
  alpn,
  alpnOffers,
  cipher,
  cipherList,
  version,
  certificates,
}: RawConnection): ConnectionExtras {
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

/** mitmproxy writes an unknown address as an empty host and port 0. */
function known(address: Address | undefined): Address | undefined {
  return address?.[0] === '' && address[1] === 0 ? undefined : address;
}

/** The only TLS versions that mitmproxy loads. */
const TLS_VERSIONS: ReadonlySet<string> = new Set(
  'SSLv3 TLSv1 TLSv1.1 TLSv1.2 TLSv1.3 DTLSv0.9 DTLSv1 DTLSv1.2 QUICv1'.split(' '),
);
const UNKNOWN: Address = ['', 0];

export interface EncodingTools {
  pem: PemEncoder;
  ciphers: CipherNames;
}

/** Encodes a connection. All encoders write from the last entry to the first. */
export function encodeClient(
  out: TnetstringEncoder,
  client: ClientConnection,
  extras: ConnectionExtras | undefined,
  tools: EncodingTools,
): void {
  const map = out.open(TAG.dictionary);
  out.text(isMitmproxyMode(client.mode) ? client.mode : 'regular');
  out.key('proxy_mode');
  out.null();
  out.key('mitmcert');
  encodeTls(out, client, extras, tools);
  out.float(client.timestampStart);
  out.key('timestamp_start');
  encodeEnds(out, client, UNKNOWN);
  out.close(map);
}

export function encodeServer(
  out: TnetstringEncoder,
  server: ServerConnection,
  extras: ConnectionExtras | undefined,
  tools: EncodingTools,
): void {
  const map = out.open(TAG.dictionary);
  const { via } = server;
  if (via && isMitmproxyVia(via)) out.value(encodeVia(via));
  else if (isViaExtra(extras?.via)) out.value(extras.via);
  else out.null();
  out.key('via');
  out.optionalFloat(server.timestampTcpSetup);
  out.key('timestamp_tcp_setup');
  encodeAddress(out, 'address', server.address);
  encodeTls(out, server, extras, tools);
  out.optionalFloat(server.timestampStart === 0 ? undefined : server.timestampStart);
  out.key('timestamp_start');
  encodeEnds(out, server, undefined);
  out.close(map);
}

/** The TLS extras of a connection that mitmproxy cannot represent. */
export function tsdumpTlsExtras(tls: TlsSession | undefined, { pem }: EncodingTools): TsdumpTlsExtras | undefined {
  if (!tls) return undefined;
  return definedExtras({
    version: tls.version === '' || TLS_VERSIONS.has(tls.version) ? undefined : tls.version,
    certificates: tls.certificates.every((one) => pem.encode(one)) ? undefined : tls.certificates,
  });
}

function encodeEnds(
  out: TnetstringEncoder,
  connection: ClientConnection | ServerConnection,
  unknown: Address | undefined,
): void {
  out.optionalFloat(connection.timestampEnd);
  out.key('timestamp_end');
  out.optionalText(connection.error);
  out.key('error');
  out.text(connection.transport);
  out.key('transport_protocol');
  encodeAddress(out, 'sockname', connection.local ?? unknown);
  encodeAddress(out, 'peername', connection.peer ?? unknown);
  out.text(connection.id);
  out.key('id');
}

function encodeAddress(out: TnetstringEncoder, key: string, address: Address | undefined): void {
  if (address) {
    const list = out.open(TAG.list);
    out.integer(address[1]);
    out.text(encodeHost(address[0]));
    out.close(list);
  } else out.null();
  out.key(key);
}

/** Writes the TLS session; without one, the fields that mitmproxy had stored. */
function encodeTls(
  out: TnetstringEncoder,
  { tls }: ClientConnection | ServerConnection,
  extras: ConnectionExtras = {},
  { pem, ciphers }: EncodingTools,
): void {
  const { version = text(extras.tls_version) } = tls ?? {};
  out.optionalFloat(tls?.timestampSetup);
  out.key('timestamp_tls_setup');
  out.optionalText(tls ? tls.sni : text(extras.sni));
  out.key('sni');
  out.optionalText(version !== undefined && TLS_VERSIONS.has(version) ? version : undefined);
  out.key('tls_version');
  const names = texts(extras.cipher_list) ?? tls?.cipherOffers.map((number) => ciphers.name(number)) ?? [];
  encodeList(out, names, (name) => out.text(name));
  out.key('cipher_list');
  out.optionalText((tls ? tls.cipher : text(extras.cipher)) || undefined);
  out.key('cipher');
  encodeList(out, tls?.alpnOffers ?? texts(extras.alpn_offers) ?? [], (name) => out.bytes(name));
  out.key('alpn_offers');
  const alpn = tls ? tls.alpn : text(extras.alpn);
  if (alpn === undefined) out.null();
  else out.bytes(alpn);
  out.key('alpn');
  const certificates = tls?.certificates ?? buffers(extras.certificate_list) ?? [];
  const encoded = certificates.map((one) => pem.encode(one)).filter((one) => one !== undefined);
  encodeList(out, encoded, (one) => out.bytes(one));
  out.key('certificate_list');
  out.boolean(typeof extras.tls === 'boolean' ? extras.tls : tls !== undefined);
  out.key('tls');
}

function encodeList<Item>(out: TnetstringEncoder, items: readonly Item[], encode: (item: Item) => void): void {
  const list = out.open(TAG.list);
  for (let at = items.length - 1; at >= 0; at--) encode(items[at]!);
  out.close(list);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function texts(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined;
}

function buffers(value: unknown): Buffer[] | undefined {
  return Array.isArray(value) && value.every(Buffer.isBuffer) ? value : undefined;
}
