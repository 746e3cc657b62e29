import { createHash } from 'node:crypto';
import type { Address } from '../../../flow/connection.js';
import { FieldError } from '../../shared/field-error.js';
import { decodeValue } from '../tnetstring/decode-value.js';
import { decodeHost } from '../tnetstring/host-text.js';
import { TAG } from '../tnetstring/tnetstring.js';
import type { TnetstringDecoder } from '../tnetstring/tnetstring-decoder.js';
import { VERSIONS } from '../versions.js';
import type { PemDecoder } from './certificates.js';
import type { CipherNames } from './cipher-names.js';

export interface ConnectionTools {
  pem: PemDecoder;
  ciphers: CipherNames;
}

/** The fields of a connection of any version, by the names of the newest one. */
export interface RawConnection {
  id: string;
  peername: Address | undefined;
  sockname: Address | undefined;
  address: Address | undefined;
  transport: string;
  error: string | undefined;
  tls: boolean | undefined;
  /** Only in early versions. */
  tlsEstablished: boolean;
  certificates: Buffer[];
  alpn: string | undefined;
  alpnOffers: string[] | undefined;
  cipher: string | undefined;
  cipherList: string[] | undefined;
  version: string | undefined;
  /** True in some old files: the server name is the address. */
  sni: string | true | undefined;
  start: number | undefined;
  end: number | undefined;
  tcpSetup: number | undefined;
  tlsSetup: number | undefined;
  mode: string;
  via: unknown;
}

/** Decodes a connection of any version. @throws FieldError or TnetstringError */
export function decodeRaw(
  input: TnetstringDecoder,
  version: number,
  tools: ConnectionTools,
  kind: 'client' | 'server',
): RawConnection {
  const raw: RawConnection = {
    id: '',
    peername: undefined,
    sockname: undefined,
    address: undefined,
    transport: 'tcp',
    error: undefined,
    tls: undefined,
    tlsEstablished: false,
    certificates: [],
    alpn: undefined,
    alpnOffers: undefined,
    cipher: undefined,
    cipherList: undefined,
    version: undefined,
    sni: undefined,
    start: undefined,
    end: undefined,
    tcpSetup: undefined,
    tlsSetup: undefined,
    mode: 'regular',
    via: undefined,
  };
  let seen = 0;
  const end = input.enter(TAG.dictionary);
  while (input.at < end) if (decodeField(input, raw, input.key(), tools)) seen++;
  input.leave(end);
  if (raw.id === '' && version < VERSIONS.ids) raw.id = derivedId(kind, raw);
  if (raw.id === '') throw new FieldError('id', 'present');
  const wanted = kind === 'client' ? VERSIONS.clientKeys : VERSIONS.serverKeys;
  if (version >= VERSIONS.fixedConnections && seen < wanted)
    throw new FieldError(kind, `complete: ${wanted} keys are required`);
  if (version < VERSIONS.offers) {
    raw.alpnOffers = raw.alpn ? [raw.alpn] : [];
    raw.cipherList = raw.cipher && kind === 'client' ? [raw.cipher] : [];
    if (kind === 'server') raw.cipher = undefined;
  }
  raw.tls ??= raw.tlsEstablished;
  if (raw.version === 'QUIC') raw.version = 'QUICv1';
  return raw;
}

/** @returns whether the newest version has this key */
function decodeField(input: TnetstringDecoder, raw: RawConnection, key: string, tools: ConnectionTools): boolean {
  switch (key) {
    case 'id':
      raw.id = input.text();
      return true;
    case 'peername':
    case 'ip_address':
    case 'peer_address':
      raw.peername = decodeAddress(input);
      return true;
    case 'sockname':
    case 'source_address':
      raw.sockname = decodeAddress(input);
      return true;
    case 'address':
      raw.address = decodeAddress(input);
      return true;
    case 'transport_protocol':
      raw.transport = input.text();
      if (raw.transport !== 'tcp' && raw.transport !== 'udp') throw new FieldError(key, 'tcp or udp');
      return true;
    case 'error':
      raw.error = input.optionalText();
      return true;
    case 'timestamp_start':
      raw.start = input.optionalNumber();
      return true;
    case 'timestamp_end':
      raw.end = input.optionalNumber();
      return true;
    case 'timestamp_tcp_setup':
      raw.tcpSetup = input.optionalNumber();
      return true;
    case 'timestamp_tls_setup':
    case 'timestamp_ssl_setup':
      raw.tlsSetup = input.optionalNumber();
      return true;
    case 'proxy_mode':
      raw.mode = input.text();
      return true;
    case 'via':
    case 'via2':
      raw.via = decodeValue(input) ?? raw.via;
      return true;
    case 'mitmcert':
      input.item();
      return true;
    default:
      return decodeTlsField(input, raw, key, tools);
  }
}

function decodeTlsField(input: TnetstringDecoder, raw: RawConnection, key: string, tools: ConnectionTools): boolean {
  switch (key) {
    case 'tls':
      raw.tls = input.boolean();
      return true;
    case 'tls_established':
    case 'ssl_established':
      raw.tlsEstablished = input.boolean();
      return true;
    case 'certificate_list':
      raw.certificates = decodeList(input, () => decodeCertificate(input, tools.pem)) ?? [];
      return true;
    case 'clientcert':
    case 'cert': {
      const certificate = decodeCertificate(input, tools.pem);
      if (certificate) raw.certificates = [certificate];
      return true;
    }
    case 'alpn':
    case 'alpn_proto_negotiated':
      raw.alpn = input.optionalLatin1();
      return true;
    case 'alpn_offers':
      raw.alpnOffers = decodeList(input, () => input.latin1());
      return true;
    case 'cipher':
    case 'cipher_name':
      raw.cipher = input.optionalText();
      return true;
    case 'cipher_list':
      raw.cipherList = decodeList(input, () => input.text());
      return true;
    case 'tls_version':
      raw.version = input.optionalText();
      return true;
    case 'sni':
      input.item();
      raw.sni = input.tag === TAG.boolean ? input.currentBoolean() || undefined : input.currentOptionalText();
      return true;
    default:
      input.item();
      return false;
  }
}

/**
 * Derives the id of a connection that has none in the file. The flows of one connection get the same id, from its start and the
 * address of the client or of our side (UUID version 8, RFC 9562 section 5.8).
 */
function derivedId(kind: string, { start, address, sockname }: RawConnection): string {
  const text = JSON.stringify([kind, start, kind === 'client' ? address : sockname]);
  const digits = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-8$3-8$4-$5');
}

/**
 * Decodes host and port. Flow info and scope of IPv6, which follow, are dropped. Before version 2.0, the list is the entry
 * `address` of a dictionary.
 */
function decodeAddress(input: TnetstringDecoder): Address | undefined {
  const before = input.at;
  input.item();
  if (input.isNull()) return undefined;
  const isNested = input.tag === TAG.dictionary;
  input.at = before;
  return isNested ? decodeNestedAddress(input) : decodeHostPort(input);
}

function decodeNestedAddress(input: TnetstringDecoder): Address | undefined {
  let address: Address | undefined;
  const end = input.enter(TAG.dictionary);
  while (input.at < end) {
    if (input.key() === 'address') address = decodeHostPort(input);
    else input.item();
  }
  input.leave(end);
  return address;
}

function decodeHostPort(input: TnetstringDecoder): Address {
  const end = input.enter(TAG.list);
  const host = decodeHost(input.text());
  const port = input.number();
  while (input.at < end) input.item();
  input.leave(end);
  return [host, port];
}

function decodeList<Item>(input: TnetstringDecoder, decode: () => Item | undefined): Item[] | undefined {
  const end = input.enterOptional(TAG.list);
  if (end === undefined) return undefined;
  const items: Item[] = [];
  while (input.at < end) {
    const item = decode();
    if (item !== undefined) items.push(item);
  }
  input.leave(end);
  return items;
}

function decodeCertificate(input: TnetstringDecoder, pem: PemDecoder): Buffer | undefined {
  input.item();
  if (input.isNull()) return undefined;
  input.checkString();
  const der = pem.decode(input.bytes.subarray(input.start, input.end));
  if (!der) throw new FieldError('certificate', 'PEM');
  return der;
}
