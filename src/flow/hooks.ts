import type { ClientConnection, ServerConnection } from './connection.js';
import type { FlowFilter } from './filter.js';
import type { DnsFlow, Flow, HttpFlow, TcpFlow, UdpFlow } from './flow.js';
import type { Message } from './messagelog.js';

/**
 * A server connection and the client connection that it serves. In `serverConnect`, an `error` that is set prevents it;
 * `via` is the proxy that it will go through, and `local` the address that it will come from, if that is to be chosen.
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

/** A message on its way. `content` may be replaced; `drop` keeps it from going on and out of the record. */
export interface LiveMessage extends Message {
  drop?: boolean;
}

/**
 * The moments at which addons are called, and with what. Hooks of one flow are called one after the other; an async
 * one is awaited, and only its flow waits.
 */
export interface HookTable {
  /** The listeners are up. */
  running: undefined;
  /**
   * The last hook, once for each addon: the program ends, and no other hook is called after it. Every flow has had its
   * `flowEnd`. What is saved goes on being written; the outputs are completed and closed when all addons are done.
   */
  done: undefined;

  /** A client connected. An `error` set on it closes the connection. */
  clientConnected: ClientConnection;
  clientDisconnected: ClientConnection;
  /**
   * A client said who it is: by `Proxy-Authorization` to an explicit proxy, by `Authorization` to another one, or in the
   * SOCKS5 handshake. If anybody listens to this, only clients that one of them accepts are served. What a client says is
   * neither recorded nor passed on.
   */
  authenticate: AuthenticationData;
  /** Before a connection to a server is opened. */
  serverConnect: ServerConnectionData;
  serverConnected: ServerConnectionData;
  serverConnectError: ServerConnectionData;
  serverDisconnected: ServerConnectionData;

  /** The ClientHello was read, and the client waits. */
  clientHello: ClientHelloData;
  tlsEstablishedClient: TlsData;
  tlsEstablishedServer: TlsData;
  tlsFailedClient: TlsData;
  tlsFailedServer: TlsData;

  /** A CONNECT was received. A `response` set on it is the answer; 2xx accepts. */
  httpConnect: HttpFlow;
  /** A CONNECT failed. */
  httpConnectError: HttpFlow;
  /** The head of the request was read. Headers may be changed, the body has yet to come. */
  requestHeaders: HttpFlow;
  /** The whole request is there. A message is held until then only if somebody listens to this. */
  request: HttpFlow;
  /** The head of the final response was read. */
  responseHeaders: HttpFlow;
  /** The whole response is there, held like `request`. */
  response: HttpFlow;
  websocketStart: HttpFlow;
  websocketMessage: { flow: HttpFlow; message: LiveMessage };
  websocketEnd: HttpFlow;
  tcpStart: TcpFlow;
  tcpMessage: { flow: TcpFlow; message: LiveMessage };
  tcpEnd: TcpFlow;
  udpStart: UdpFlow;
  udpMessage: { flow: UdpFlow; message: LiveMessage };
  udpEnd: UdpFlow;
  dnsRequest: DnsFlow;
  dnsResponse: DnsFlow;
  /** The flow failed; `flow.error` says how. */
  error: Flow;
  /** For observers: fires exactly once for each flow, after both directions have ended. Nothing can be changed any more. */
  flowEnd: Flow;
}

export type HookName = keyof HookTable;

/** Each hook, so that none is forgotten. */
const HOOKS: Readonly<Record<HookName, true>> = {
  running: true,
  done: true,
  clientConnected: true,
  clientDisconnected: true,
  authenticate: true,
  serverConnect: true,
  serverConnected: true,
  serverConnectError: true,
  serverDisconnected: true,
  clientHello: true,
  tlsEstablishedClient: true,
  tlsEstablishedServer: true,
  tlsFailedClient: true,
  tlsFailedServer: true,
  httpConnect: true,
  httpConnectError: true,
  requestHeaders: true,
  request: true,
  responseHeaders: true,
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
};

/** The names of all hooks. */
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
