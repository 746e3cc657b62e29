import type { Address, ClientConnection, ServerConnection, TlsSession } from '../../../flow/connection.js';
import { type ConnectionFacts, knownFacts, type TsdumpTlsFacts } from '../facts.js';
import { encodeHost } from '../tnetstring/host-text.js';
import { TAG } from '../tnetstring/tnetstring.js';
import type { TnetstringEncoder } from '../tnetstring/tnetstring-encoder.js';
import type { PemEncoder } from './certificates.js';
import type { CipherNames } from './cipher-names.js';
import { isMitmproxyMode } from './proxy-mode.js';
import { encodeVia, isMitmproxyVia, isViaFact } from './via.js';

/** The only TLS versions that mitmproxy loads. */
const TLS_VERSIONS: ReadonlySet<string> = new Set(
  'SSLv3 TLSv1 TLSv1.1 TLSv1.2 TLSv1.3 DTLSv0.9 DTLSv1 DTLSv1.2 QUICv1'.split(' '),
);
const UNKNOWN: Address = ['', 0];

export interface EncodingTools {
  pem: PemEncoder;
  ciphers: CipherNames;
}

/** Writes a connection. Whatever encodes goes from the last entry to the first. */
export function encodeClient(
  out: TnetstringEncoder,
  client: ClientConnection,
  facts: ConnectionFacts | undefined,
  tools: EncodingTools,
): void {
  const map = out.open(TAG.dictionary);
  out.text(isMitmproxyMode(client.mode) ? client.mode : 'regular');
  out.key('proxy_mode');
  out.null();
  out.key('mitmcert');
  encodeTls(out, client, facts, tools);
  out.float(client.timestampStart);
  out.key('timestamp_start');
  encodeEnds(out, client, UNKNOWN);
  out.close(map);
}

export function encodeServer(
  out: TnetstringEncoder,
  server: ServerConnection,
  facts: ConnectionFacts | undefined,
  tools: EncodingTools,
): void {
  const map = out.open(TAG.dictionary);
  const { via } = server;
  if (via && isMitmproxyVia(via)) out.value(encodeVia(via));
  else if (isViaFact(facts?.via)) out.value(facts.via);
  else out.null();
  out.key('via');
  out.optionalFloat(server.timestampTcpSetup);
  out.key('timestamp_tcp_setup');
  encodeAddress(out, 'address', server.address);
  encodeTls(out, server, facts, tools);
  out.optionalFloat(server.timestampStart === 0 ? undefined : server.timestampStart);
  out.key('timestamp_start');
  encodeEnds(out, server, undefined);
  out.close(map);
}

/** What mitmproxy has no place for in the TLS facts of a connection. */
export function tsdumpTlsFacts(tls: TlsSession | undefined, { pem }: EncodingTools): TsdumpTlsFacts | undefined {
  if (!tls) return undefined;
  return knownFacts({
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

/** TLS as it was set up; else what mitmproxy said of TLS that was not. */
function encodeTls(
  out: TnetstringEncoder,
  { tls }: ClientConnection | ServerConnection,
  facts: ConnectionFacts = {},
  { pem, ciphers }: EncodingTools,
): void {
  const { version = text(facts.tls_version) } = tls ?? {};
  out.optionalFloat(tls?.timestampSetup);
  out.key('timestamp_tls_setup');
  out.optionalText(tls ? tls.sni : text(facts.sni));
  out.key('sni');
  out.optionalText(version !== undefined && TLS_VERSIONS.has(version) ? version : undefined);
  out.key('tls_version');
  const names = texts(facts.cipher_list) ?? tls?.cipherOffers.map((number) => ciphers.name(number)) ?? [];
  encodeList(out, names, (name) => out.text(name));
  out.key('cipher_list');
  out.optionalText((tls ? tls.cipher : text(facts.cipher)) || undefined);
  out.key('cipher');
  encodeList(out, tls?.alpnOffers ?? texts(facts.alpn_offers) ?? [], (name) => out.bytes(name));
  out.key('alpn_offers');
  const alpn = tls ? tls.alpn : text(facts.alpn);
  if (alpn === undefined) out.null();
  else out.bytes(alpn);
  out.key('alpn');
  const certificates = tls?.certificates ?? buffers(facts.certificate_list) ?? [];
  const encoded = certificates.map((one) => pem.encode(one)).filter((one) => one !== undefined);
  encodeList(out, encoded, (one) => out.bytes(one));
  out.key('certificate_list');
  out.boolean(typeof facts.tls === 'boolean' ? facts.tls : tls !== undefined);
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
