import type { ClientConnection, ServerConnection } from './connection.js';
import type { DnsMessage } from './dns-message.js';
import type { HttpRequest } from './http-request.js';
import type { HttpResponse } from './http-response.js';
import type { InterimResponse } from './interim-response.js';
import type { MessageLog } from './messagelog.js';
import { randomUUID } from './runtime.js';

export interface FlowError {
  message: string;
  /** Seconds since the epoch. */
  timestamp: number;
}

/** How a WebSocket was closed (RFC 6455 section 7). */
export interface WebSocketClose {
  byClient: boolean | undefined;
  code: number | undefined;
  reason: string | undefined;
  timestamp: number | undefined;
}

/** Where an unchanged flow of a capture lies, for the writer that copies it as bytes. Only the reader knows more. */
export interface FlowSource {
  readonly format: string;
  /** Set if nobody could change the flow since it was read: then it need not be compared with what was read. */
  untouched?: boolean;
  /** Bytes that its bodies and messages take there, if that is known. */
  readonly bodyBytes?: number | undefined;
}

/** What all kinds of flow share. */
abstract class BaseFlow {
  abstract readonly type: string;
  error: FlowError | undefined;
  /** Which side was replayed, if any. */
  isReplay: 'request' | 'response' | undefined;
  /** Facts that addons attach; whatever MessagePack can hold. */
  metadata: Record<string, unknown> = {};
  comment = '';
  /** Non-empty if the flow was marked. */
  marked = '';
  timestampCreated: number;
  /** Set by the reader of a capture. */
  source: FlowSource | undefined;
  /** Set by `kill`. */
  killed = false;

  constructor(
    readonly client: ClientConnection,
    public server: ServerConnection,
    created: number,
    public id: string = randomUUID(),
  ) {
    this.timestampCreated = created;
  }

  /** Ends the flow: the client's connection is closed without an answer. It still ends with `error` and `flowEnd`. */
  kill(): void {
    this.killed = true;
  }
}

/** One exchange of request and response; after a 101 also what goes over the upgraded connection. */
export class HttpFlow extends BaseFlow {
  readonly type = 'http';
  /** Set by an addon before there is one, it is the answer and the server is not asked. */
  response: HttpResponse | undefined;
  /** The interim (1xx) responses that came before it, in their order; undefined if there were none. */
  interim: InterimResponse[] | undefined;
  /** What went over an upgraded connection. */
  messages: MessageLog | undefined;
  /** There if it was upgraded to WebSocket and its frames were parsed. */
  websocket: WebSocketClose | undefined;

  constructor(
    client: ClientConnection,
    server: ServerConnection,
    readonly request: HttpRequest,
    created: number,
    id?: string,
  ) {
    super(client, server, created, id);
  }
}

/** What is a log of messages and nothing else. */
abstract class MessageFlow extends BaseFlow {
  constructor(
    client: ClientConnection,
    server: ServerConnection,
    public messages: MessageLog,
    created: number,
    id?: string,
  ) {
    super(client, server, created, id);
  }
}

/** A connection that is not HTTP. */
export class TcpFlow extends MessageFlow {
  readonly type = 'tcp';
}

/** Datagrams between one client address and one server address. */
export class UdpFlow extends MessageFlow {
  readonly type = 'udp';
}

/** A DNS query and its answer. */
export class DnsFlow extends BaseFlow {
  readonly type = 'dns';
  response: DnsMessage | undefined;
  constructor(
    client: ClientConnection,
    server: ServerConnection,
    readonly request: DnsMessage,
    created: number,
    id?: string,
  ) {
    super(client, server, created, id);
  }
}

export type Flow = HttpFlow | TcpFlow | UdpFlow | DnsFlow;

/** Gives back what a flow that has ended holds outside the heap: spool files and their accounting. */
export function releaseFlow(flow: Flow): void {
  if (flow.type === 'http') {
    flow.request.body.release();
    flow.response?.body.release();
    flow.response?.marks?.release();
    flow.messages?.release();
  } else if (flow.type !== 'dns') flow.messages.release();
}
