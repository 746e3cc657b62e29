import type { LiveMessage } from './body/live-message.js';
import type { ClientConnection, ServerConnection } from './connection.js';
import type { FlowFilter } from './filter.js';
import type { DnsFlow, Flow, HttpFlow, TcpFlow, UdpFlow } from './flow.js';

/**
 * A server connection and the client connection that it serves. In `serverConnect`, an `error` that is set prevents it;
 * `address` is where it will lead, `via` the proxy that it will go through, `sni` the name for TLS, and `local` the address
 * that it will come from, if that is to be chosen.
 */
export interface ServerConnectionData {
  client: ClientConnection;
  server: ServerConnection;
}

/** What a client offers in its TLS ClientHello (RFC 8446 section 4.1.2). */
export interface ClientHelloData {
  client: ClientConnection;
  server: ServerConnection;
  sni: string | undefined;
  alpnOffers: string[];
  cipherOffers: number[];
  /** Set it and the connection goes through untouched. */
  ignoreConnection: boolean;
}

/** A TLS session of one side. */
export interface TlsData {
  client: ClientConnection;
  server: ServerConnection;
}

/** A handshake with a server that is about to begin. */
export interface TlsStartServerData extends TlsData {
  /** The name to send, and what the certificate has to be for; empty sends none. An address is never sent. */
  sni: string | undefined;
  /** The protocols to offer, in order; none leaves ALPN out. */
  alpnOffers: string[];
}

/** A handshake with a client that is about to go on: its ClientHello was read. */
export interface TlsStartClientData extends TlsData {
  /** What the client asked for. */
  readonly sni: string | undefined;
  readonly alpnOffers: readonly string[];
  /** The protocol to answer, one of those that the client offers; undefined answers none. */
  alpn: string | undefined;
}

/** The credentials with which a client asks to be served; see the hook `authenticate`. */
export interface AuthenticationData {
  client: ClientConnection;
  credentials: Credentials;
  /** Set it to true and the client is served. */
  accepted: boolean;
}

export interface Credentials {
  username: string;
  password: string;
}

/** An event of an event stream: its lines, without the empty one that ends it. */
export interface ServerSentEvent {
  content: Buffer;
  /** When its end came, in seconds since the epoch. */
  timestamp: number;
}

/**
 * The moments at which addons are called, and with what, in the order of `docs/hooks.md`, which has all of it. Hooks of
 * one flow are called one after the other, but for messages of the two directions of a connection; an async one is
 * awaited, and only its flow waits.
 */
export interface HookTable {
  /** The listeners are up. */
  running: undefined;

  /** A client connected. An `error` set on it closes the connection. */
  clientConnected: ClientConnection;
  /**
   * A client said who it is: by `Proxy-Authorization` to an explicit proxy, by `Authorization` to another one, or in the
   * SOCKS5 handshake. If any addon has this hook, only clients that one of them accepts are served. Credentials are
   * neither recorded nor passed on.
   */
  authenticate: AuthenticationData;

  /** A CONNECT was received. A `response` set on it is the answer; 2xx accepts. */
  httpConnect: HttpFlow;
  /** A CONNECT failed; in place of `error`. */
  httpConnectError: HttpFlow;

  /** Before a connection to a server is opened. */
  serverConnect: ServerConnectionData;
  serverConnected: ServerConnectionData;
  serverConnectError: ServerConnectionData;

  /** The ClientHello was read, and the client waits. */
  clientHello: ClientHelloData;
  /** TLS with a server is about to begin. */
  tlsStartServer: TlsStartServerData;
  tlsEstablishedServer: TlsData;
  tlsFailedServer: TlsData;
  /** The ClientHello is about to be answered. */
  tlsStartClient: TlsStartClientData;
  tlsEstablishedClient: TlsData;
  tlsFailedClient: TlsData;

  /** The head of the request was read. Headers may be changed, the body has yet to come. */
  requestHeaders: HttpFlow;
  /** The whole request is there. A message is held until then only if an addon has this hook. */
  request: HttpFlow;
  /** The head of the final response was read. */
  responseHeaders: HttpFlow;
  /** An event of a response that is an event stream came. Called for live flows only, unless the response is held or coded. */
  serverSentEvent: { flow: HttpFlow; event: ServerSentEvent };
  /** The whole response is there, held like `request`. */
  response: HttpFlow;

  websocketStart: HttpFlow;
  websocketMessage: { flow: HttpFlow; message: LiveMessage };
  websocketEnd: HttpFlow;
  tcpStart: TcpFlow;
  tcpMessage: { flow: TcpFlow; message: LiveMessage };
  /** In place of `error`. */
  tcpEnd: TcpFlow;
  udpStart: UdpFlow;
  udpMessage: { flow: UdpFlow; message: LiveMessage };
  /** In place of `error`. */
  udpEnd: UdpFlow;
  dnsRequest: DnsFlow;
  dnsResponse: DnsFlow;

  /**
   * The flow failed; `flow.error` says how. Exactly once for each flow that tsdump gave an error, and for no other, with
   * two exceptions: CONNECT has `httpConnectError`, and an ignored connection only `flowEnd`. Only `flowEnd` follows.
   */
  error: Flow;
  /**
   * Exactly once for each flow, last, after both directions have ended. Nothing goes out any more: a change reaches only
   * the addons behind this one, and so the outputs. When all have had it, bodies and messages are freed.
   */
  flowEnd: Flow;

  /** A connection to a server was closed, which is independent of flows. */
  serverDisconnected: ServerConnectionData;
  /** The connection of a client was closed, and its flows have ended. */
  clientDisconnected: ClientConnection;
  /**
   * The last hook, once, also if the program could not start. Every flow has had its `flowEnd`, and no other hook is
   * called any more. Outputs are completed and closed when all addons are done.
   */
  done: undefined;
}

export type HookName = keyof HookTable;

/** Each hook, in the order of the table, so that none is forgotten. */
const HOOKS: Readonly<Record<HookName, true>> = {
  running: true,
  clientConnected: true,
  authenticate: true,
  httpConnect: true,
  httpConnectError: true,
  serverConnect: true,
  serverConnected: true,
  serverConnectError: true,
  clientHello: true,
  tlsStartServer: true,
  tlsEstablishedServer: true,
  tlsFailedServer: true,
  tlsStartClient: true,
  tlsEstablishedClient: true,
  tlsFailedClient: true,
  requestHeaders: true,
  request: true,
  responseHeaders: true,
  serverSentEvent: true,
  response: true,
  websocketStart: true,
  websocketMessage: true,
  websocketEnd: true,
  tcpStart: true,
  tcpMessage: true,
  tcpEnd: true,
  udpStart: true,
  udpMessage: true,
  udpEnd: true,
  dnsRequest: true,
  dnsResponse: true,
  error: true,
  flowEnd: true,
  serverDisconnected: true,
  clientDisconnected: true,
  done: true,
};

/** The names of all hooks, in the order of the table. */
export const HOOK_NAMES: readonly HookName[] = Object.keys(HOOKS) as HookName[];

/** Called at its moment. A promise is awaited before the flow goes on. */
export type Hook<Name extends HookName> = (argument: HookTable[Name]) => void | Promise<void>;

export type Hooks = { [Name in HookName]?: Hook<Name> };

/** Something that happens to flows: an object with some hooks. */
export interface Addon extends Hooks {
  /** For messages about it. */
  name?: string;
  /** Flow hooks are called only for flows that this lets pass. */
  filter?: FlowFilter;
  /** Event streams are held for `request` and `response` hooks only on this word; see `docs/`. */
  hold?: 'always';
  /** Says that it changes nothing about flows. At the end of the program its `flowEnd` and `done` are waited for. */
  observes?: true;
  /** Says that `flowEnd` reads bodies or messages, so that they have to be kept. */
  observesBodies?: boolean;
}
