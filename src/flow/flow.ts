import type { MessageLog } from './body/messagelog.js';
import type { ClientConnection, ServerConnection } from './connection.js';
import type { DnsMessage } from './dns-message.js';
import type { HttpRequest } from './http/http-request.js';
import type { HttpResponse } from './http/http-response.js';
import type { InterimResponse } from './http/interim-response.js';
import { randomUUID } from './runtime.js';

export interface FlowError {
  message: string;
  /** Seconds since the epoch. */
  timestamp: number;
  /** One of `ERROR_CODES`, or that of a failed system call. Other programs, older versions and addons may give none. */
  code?: string | undefined;
}

/** A message that is sent although neither side has sent it. */
export interface InjectedMessage {
  toClient: boolean;
  content: Buffer;
  /** Of WebSocket (RFC 6455 section 5.2): 1 for text, which is the default, or 2 for binary; TCP has none. */
  opcode?: number;
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

  /** A flow of its own with the same content and connections, and a new id. It shares bodies and messages with this one. */
  abstract copy(): BaseFlow;

  protected copyTo<Kind extends BaseFlow>(copy: Kind): Kind {
    copy.error = this.error && { ...this.error };
    copy.isReplay = this.isReplay;
    copy.metadata = cloneValue(this.metadata);
    copy.comment = this.comment;
    copy.marked = this.marked;
    return copy;
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
  /** Sends a message over the WebSocket; undefined while there is none. */
  inject: ((message: InjectedMessage) => void) | undefined;

  constructor(
    client: ClientConnection,
    server: ServerConnection,
    readonly request: HttpRequest,
    created: number,
    id?: string,
  ) {
    super(client, server, created, id);
  }

  copy(): HttpFlow {
    const copy = new HttpFlow(this.client, this.server, this.request.clone(), this.timestampCreated);
    copy.response = this.response?.clone();
    copy.interim = this.interim?.map((each) => ({ ...each, headers: each.headers.clone() }));
    copy.messages = this.messages?.clone();
    copy.websocket = this.websocket && { ...this.websocket };
    return this.copyTo(copy);
  }
}

/** What is a log of messages and nothing else. */
abstract class MessageFlow extends BaseFlow {
  /** Sends bytes over the connection; undefined while it is not open. */
  inject: ((message: InjectedMessage) => void) | undefined;

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

  copy(): TcpFlow {
    return this.copyTo(new TcpFlow(this.client, this.server, this.messages.clone(), this.timestampCreated));
  }
}

/** Datagrams between one client address and one server address. */
export class UdpFlow extends MessageFlow {
  readonly type = 'udp';

  copy(): UdpFlow {
    return this.copyTo(new UdpFlow(this.client, this.server, this.messages.clone(), this.timestampCreated));
  }
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

  copy(): DnsFlow {
    const copy = new DnsFlow(this.client, this.server, cloneValue(this.request), this.timestampCreated);
    copy.response = cloneValue(this.response);
    return this.copyTo(copy);
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

/** A copy of arrays and plain objects, however deep; bytes are shared. */
function cloneValue<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(cloneValue) as Value;
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, cloneValue(each)])) as Value;
}
