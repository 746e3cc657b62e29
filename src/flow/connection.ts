import { randomUUID } from './runtime.js';
import { readableHost } from './text/host-name.js';
import { unmapped } from './text/ip-address.js';

/** Host and port of one end of a connection. An IPv6 address has no brackets. */
export type Address = readonly [host: string, port: number];

/** The negotiated parameters of a TLS session, and the offers of the client's side. */
export interface TlsSession {
  /** `TLSv1.3`, … */
  version: string;
  /** The cipher suite, by its OpenSSL name. */
  cipher: string;
  sni: string | undefined;
  alpn: string | undefined;
  /** ALPN protocols that the client's side of this session offered, in order. */
  alpnOffers: string[];
  /** Cipher suites that the client's side offered, as IANA numbers; empty if unknown. */
  cipherOffers: number[];
  /** DER certificates that the peer presented, leaf first. */
  certificates: Buffer[];
  /** When the handshake was completed, in seconds since the epoch. */
  timestampSetup: number;
}

abstract class Connection {
  transport: 'tcp' | 'udp' = 'tcp';
  /** Address of the remote end. */
  peer: Address | undefined;
  /** Address of our end. */
  local: Address | undefined;
  tls: TlsSession | undefined;
  /** Seconds since the epoch: when a client was accepted, or when connecting to a server began. */
  timestampStart = 0;
  timestampEnd: number | undefined;
  error: string | undefined;

  constructor(public id: string = randomUUID()) {}

  /** A copy with the same id for another flow, so that an addon that changes one does not change both. */
  abstract clone(): Connection;

  /** Whether another connection, such as an earlier clone, has the same data. Lists are compared as objects. */
  protected hasSameData(other: Connection): boolean {
    return (
      this.id === other.id &&
      this.transport === other.transport &&
      this.peer === other.peer &&
      this.local === other.local &&
      this.timestampStart === other.timestampStart &&
      this.timestampEnd === other.timestampEnd &&
      this.error === other.error &&
      isSameSession(this.tls, other.tls)
    );
  }

  protected copyTo<Copy extends Connection>(copy: Copy): Copy {
    copy.transport = this.transport;
    copy.peer = this.peer;
    copy.local = this.local;
    copy.tls = this.tls && { ...this.tls };
    copy.timestampStart = this.timestampStart;
    copy.timestampEnd = this.timestampEnd;
    copy.error = this.error;
    return copy;
  }
}

/** The connection from a client to us. */
export class ClientConnection extends Connection {
  /** The mode spec of the listener, such as `regular`. */
  mode = 'regular';

  clone(): ClientConnection {
    const copy = new ClientConnection(this.id);
    copy.mode = this.mode;
    return this.copyTo(copy);
  }

  isSame(other: ClientConnection): boolean {
    return this.mode === other.mode && this.hasSameData(other);
  }
}

/** An upstream proxy between us and a server. */
export interface Via {
  readonly scheme: 'http' | 'https' | 'socks5';
  readonly address: Address;
  /** For a proxy that an addon chooses. They are not recorded. */
  readonly credentials?: { readonly username: string; readonly password: string } | undefined;
}

/** Whether a value is usable as an upstream proxy. */
export function isVia(value: unknown): value is Via {
  const { scheme, address, credentials } = (value ?? {}) as { [Key in keyof Via]?: unknown };
  return (
    (scheme === 'http' || scheme === 'https' || scheme === 'socks5') &&
    isAddress(address) &&
    (credentials === undefined || isCredentials(credentials))
  );
}

/** A copy that stays as it is: connections are found by it, also after an addon has changed its own object. */
export function copyVia({ scheme, address: [host, port], credentials }: Via): Via {
  const address = Object.freeze([host, port] as const);
  if (!credentials) return Object.freeze({ scheme, address });
  const { username, password } = credentials;
  return Object.freeze({ scheme, address, credentials: Object.freeze({ username, password }) });
}

/** Whether a value is usable as an address. */
export function isAddress(value: unknown): value is Address {
  if (!Array.isArray(value)) return false;
  const [host, port] = value as unknown[];
  return typeof host === 'string' && Number.isInteger(port) && (port as number) >= 0 && (port as number) <= 65535;
}

function isCredentials(value: unknown): boolean {
  const { username, password } = (value ?? {}) as { username?: unknown; password?: unknown };
  return typeof username === 'string' && typeof password === 'string';
}

/** Whether two upstream proxies are the same, and are used with the same credentials. */
export function isSameProxy(one: Via | undefined, other: Via | undefined): boolean {
  if (one === other) return true;
  if (!one || !other) return false;
  return (
    one.scheme === other.scheme &&
    one.address[0] === other.address[0] &&
    one.address[1] === other.address[1] &&
    one.credentials?.username === other.credentials?.username &&
    one.credentials?.password === other.credentials?.password
  );
}

/** A connection from us to a server. It need not be open. */
export class ServerConnection extends Connection {
  /** The destination: name or address, and port. `peer` is the address it resolved to, or that of the upstream proxy. */
  address: Address | undefined;
  /** The upstream proxy that the connection goes through; undefined for a direct connection. */
  via: Via | undefined;
  /**
   * To be set in `serverConnect`: the server name for TLS, which is sent as SNI and for which the certificate is verified. An
   * empty string sends no SNI; undefined leaves the choice to tsdump. Not recorded; `tls.sni` is the name that was sent.
   */
  sni: string | undefined;
  /** When TCP was connected, in seconds since the epoch. */
  timestampTcpSetup: number | undefined;

  clone(): ServerConnection {
    const copy = new ServerConnection(this.id);
    copy.address = this.address;
    copy.via = this.via;
    copy.timestampTcpSetup = this.timestampTcpSetup;
    return this.copyTo(copy);
  }

  isSame(other: ServerConnection): boolean {
    return (
      this.address === other.address &&
      this.via === other.via &&
      this.timestampTcpSetup === other.timestampTcpSetup &&
      this.hasSameData(other)
    );
  }
}

function isSameSession(one: TlsSession | undefined, other: TlsSession | undefined): boolean {
  if (!one || !other) return one === other;
  return (
    one.version === other.version &&
    one.cipher === other.cipher &&
    one.sni === other.sni &&
    one.alpn === other.alpn &&
    one.alpnOffers === other.alpnOffers &&
    one.cipherOffers === other.cipherOffers &&
    one.certificates === other.certificates &&
    one.timestampSetup === other.timestampSetup
  );
}

/** For display: `1.2.3.4:5`, `[::1]:5`, `bücher.example:5`. IPv4-mapped addresses are shown as IPv4, undefined as `<no address>`. */
export function formatAddress(address: Address | undefined): string {
  if (!address) return '<no address>';
  const host = readableHost(unmapped(address[0]));
  return `${host.includes(':') ? `[${host}]` : host}:${address[1]}`;
}
