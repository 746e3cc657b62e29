import type { ClientConnection, ServerConnection } from '../connection.js';
import type { FlowFilter } from '../filter.js';
import type { DnsFlow, Flow, HttpFlow, TcpFlow, UdpFlow } from '../flow.js';
import type { LiveMessage } from '../message-log/live-message.js';

/**
 * A server connection and the client connection that it serves. In `serverConnect`, these properties of `server` may be set:
 * `address` (destination), `via` (upstream proxy), `sni` (name for TLS), `local` (source address), and `error`, which prevents
 * the connection.
 */
export interface ServerConnectionData {
  client: ClientConnection;
  server: ServerConnection;
}

/** The offers of a client in its TLS ClientHello (RFC 8446 section 4.1.2). */
export interface ClientHelloData {
  client: ClientConnection;
  server: ServerConnection;
  sni: string | undefined;
  alpnOffers: string[];
  /** Cipher suites as IANA numbers. */
  cipherOffers: number[];
  /** Set it to true to pass the connection through without decrypting it. */
  ignoreConnection: boolean;
}

/** A TLS session of one side. */
export interface TlsData {
  client: ClientConnection;
  server: ServerConnection;
}

/** A TLS handshake with a server that is about to begin. */
export interface TlsStartServerData extends TlsData {
  /** The server name to send and to verify the certificate for; an empty string sends none. IP addresses are never sent. */
  sni: string | undefined;
  /** ALPN protocols to offer, in order; an empty array omits the extension. */
  alpnOffers: string[];
}

/** A TLS handshake with a client that is about to continue: its ClientHello was read. */
export interface TlsStartClientData extends TlsData {
  /** The server name that the client sent. */
  readonly sni: string | undefined;
  readonly alpnOffers: readonly string[];
  /** The ALPN protocol to select, one of the client's offers; undefined selects none. */
  alpn: string | undefined;
}

/** The proxy credentials of a client; see the hook `authenticate`. */
export interface AuthenticationData {
  client: ClientConnection;
  credentials: Credentials;
  /** Set it to true to accept the credentials. */
  accepted: boolean;
}

export interface Credentials {
  username: string;
  password: string;
}

/** An event of an event stream: its lines, without the empty line at the end. */
export interface ServerSentEvent {
  content: Buffer;
  /** When the end of the event arrived, in seconds since the epoch. */
  timestamp: number;
}

/**
 * The hooks of an addon and their arguments, in the order of `docs/hooks.md`, which describes them in full. Hooks of one flow
 * are called one at a time, except that messages of the two directions of a connection may overlap. An async hook is
 * awaited; only its flow waits.
 */
export interface HookTable {
  /** The listeners are open. */
  running: undefined;

  /** A client connected. An `error` set on it closes the connection. */
  clientConnected: ClientConnection;
  /**
   * A client sent credentials: in `Proxy-Authorization` to an explicit proxy, in `Authorization` in other modes, or in the
   * SOCKS5 handshake. If any addon has this hook, only clients that an addon accepts are served. Credentials are neither
   * recorded nor forwarded.
   */
  authenticate: AuthenticationData;

  /** A CONNECT was received. Set `response` to answer it; a 2xx status accepts it. */
  httpConnect: HttpFlow;
  /** A CONNECT failed. Called instead of `error`. */
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

  /** The head of the request was read. Headers may be changed; the body has not arrived yet. */
  requestHeaders: HttpFlow;
  /** The request is complete. It is held until then only if an addon has this hook. */
  request: HttpFlow;
  /** The head of the final response was read. */
  responseHeaders: HttpFlow;
  /** An event of an event stream arrived. Called for live flows only, and not if the response is held or content-coded. */
  serverSentEvent: { flow: HttpFlow; event: ServerSentEvent };
  /** The response is complete; held like `request`. */
  response: HttpFlow;

  websocketStart: HttpFlow;
  websocketMessage: { flow: HttpFlow; message: LiveMessage };
  websocketEnd: HttpFlow;
  tcpStart: TcpFlow;
  tcpMessage: { flow: TcpFlow; message: LiveMessage };
  /** Not called if the flow failed; then `error` is. */
  tcpEnd: TcpFlow;
  udpStart: UdpFlow;
  udpMessage: { flow: UdpFlow; message: LiveMessage };
  /** Not called if the flow failed; then `error` is. */
  udpEnd: UdpFlow;
  dnsRequest: DnsFlow;
  dnsResponse: DnsFlow;

  /**
   * The flow failed; `flow.error` has the cause. Called exactly once for each flow to which tsdump gave an error, with two
   * exceptions: CONNECT has `httpConnectError`, and an ignored connection only `flowEnd`. Only `flowEnd` follows.
   */
  error: Flow;
  /**
   * Called last, exactly once for each flow, after both directions have ended. Nothing is sent any more: a change reaches only
   * later addons and the outputs. After the last addon, bodies and messages are freed.
   */
  flowEnd: Flow;

  /** A connection to a server was closed. This may be before or after the end of its flows. */
  serverDisconnected: ServerConnectionData;
  /** The connection of a client was closed, and its flows have ended. */
  clientDisconnected: ClientConnection;
  /**
   * The last hook, called once, also if the program could not start. Every flow has had its `flowEnd`. Outputs are completed
   * and closed after all addons have finished.
   */
  done: undefined;
}

export type HookName = keyof HookTable;

/** All hooks in the order of `HookTable`; the type makes the compiler find a missing one. */
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

/** The names of all hooks, in the order of `HookTable`. */
export const HOOK_NAMES: readonly HookName[] = Object.keys(HOOKS) as HookName[];

/** A hook function. A returned promise is awaited before the flow continues. */
export type Hook<Name extends HookName> = (argument: HookTable[Name]) => void | Promise<void>;

export type Hooks = { [Name in HookName]?: Hook<Name> };

/** An object with some of the hooks. */
export interface Addon extends Hooks {
  /** The name in log messages. */
  name?: string;
  /** Flow hooks are called only for flows that match. */
  filter?: FlowFilter;
  /** Holds event streams for the `response` hook as well, which by default are not held; see `docs/hooks.md`. */
  hold?: 'always';
  /** Declares that it never changes flows. At the end of the program its `flowEnd` and `done` are awaited. */
  observes?: true;
  /** Declares that it has to see all flows: the proxy then runs in one process. Read when a script is loaded. */
  workers?: 1;
  /** Declares that `flowEnd` reads bodies or messages, so that they are kept. */
  observesBodies?: boolean;
}
