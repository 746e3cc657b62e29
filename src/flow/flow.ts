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
  /** One of `ERROR_CODES`, or that of a failed system call. Errors from other programs, older versions and addons may lack it. */
  code?: string | undefined;
}

/** How a WebSocket was closed (RFC 6455 section 7). */
export interface WebSocketClose {
  /** Whether the client closed it, and not the server; undefined if unknown. */
  byClient: boolean | undefined;
  code: number | undefined;
  reason: string | undefined;
  /** Seconds since the epoch. */
  timestamp: number | undefined;
}

/** Where a flow lies in its capture, so that a writer can copy it as bytes if it is unchanged. Opaque to all but its reader. */
export interface FlowSource {
  readonly format: string;
  /** Set if no addon could change the flow since it was read; then the writer skips the comparison with the capture. */
  untouched?: boolean;
  /** Bytes of its bodies and messages in the capture, if known. */
  readonly bodyBytes?: number | undefined;
}

/** What a flow can do beside going through hooks: it is lent by the program. */
export interface FlowServices {
  /** Sends the request of a flow again. See `HttpFlow.replay`. */
  replay(flow: HttpFlow): Promise<HttpFlow>;
  /** Takes over from an addon to release a copy that it has made. */
  releaseUnused(copy: Flow): void;
}

/** A message that an addon sends. */
export interface Injected {
  readonly toClient: boolean;
  readonly content: Buffer;
  /** Whether it was given as text, which WebSocket tells from bytes. */
  readonly isText: boolean;
}

/** What an addon injects: text or bytes, to one side. */
export interface Injection {
  toClient: boolean;
  content?: Uint8Array;
  text?: string;
}

/** The connection of a flow whose messages are going through the proxy. */
export interface MessageChannel {
  /** @throws FlowNotLiveError if that side takes nothing any more */
  inject(message: Injected): void;
  /** Ends the connection. */
  kill(): void;
}

/** Something was to be done with a flow that only a live one can do. */
export class FlowNotLiveError extends Error {
  override name = 'FlowNotLiveError';
  readonly code = 'ERR_FLOW_NOT_LIVE';
}

/** What all kinds of flow share. */
abstract class BaseFlow {
  abstract readonly type: string;
  error: FlowError | undefined;
  /** Which message was replayed, if any. */
  isReplay: 'request' | 'response' | undefined;
  /** Data that addons attach: values that MessagePack can represent. */
  metadata: Record<string, unknown> = {};
  comment = '';
  /** The marker; empty if the flow is not marked. */
  marked = '';
  timestampCreated: number;
  /** Set by the reader of a capture. */
  source: FlowSource | undefined;
  /** Set by `kill`. */
  killed = false;
  /** Set by the dispatcher. */
  services: FlowServices | undefined;
  /** There while messages go through a connection. */
  channel: MessageChannel | undefined;
  /** Filters of addons that said no, as bits, and whose they are; for the dispatcher only. */
  ruledOut = 0;
  ruledOutBy: unknown;

  constructor(
    readonly client: ClientConnection,
    public server: ServerConnection,
    created: number,
    public id: string = randomUUID(),
  ) {
    this.timestampCreated = created;
  }

  /**
   * A flow of its own with the same content and connections, and a new id. It shares bodies and messages with this one, which
   * stay as long as the copy is in use.
   */
  abstract copy(): BaseFlow;

  protected finishCopy<Kind extends Flow>(copy: Kind): Kind {
    copy.error = this.error && { ...this.error };
    copy.isReplay = this.isReplay;
    copy.metadata = cloneValue(this.metadata);
    copy.comment = this.comment;
    copy.marked = this.marked;
    copy.services = this.services;
    this.services?.releaseUnused(copy);
    return copy;
  }

  /** Ends the flow: the client's connection is closed without a response. The hooks `error` and `flowEnd` are still called. */
  kill(): void {
    this.killed = true;
    this.channel?.kill();
  }

  /**
   * Sends a message of the addon's own to one side, behind those that are on their way. Hooks see it, and it is recorded as
   * injected. For WebSocket `text` makes a text message and `content` a binary one; elsewhere both are bytes.
   * @throws FlowNotLiveError if the flow has no connection, or that side takes nothing any more
   */
  inject({ toClient, content, text }: Injection): void {
    if ((content === undefined) === (text === undefined)) throw new TypeError('inject takes either content or text');
    if (!this.channel)
      throw new FlowNotLiveError('Nothing can be injected: the flow has no open connection for messages');
    const bytes = text === undefined ? content! : Buffer.from(text);
    this.channel.inject({ toClient: toClient === true, content: Buffer.from(bytes), isText: text !== undefined });
  }
}

/** One HTTP exchange; after a 101 response also the messages of the upgraded connection. */
export class HttpFlow extends BaseFlow {
  readonly type = 'http';
  /**
   * The final response; undefined until its head has arrived. An addon that sets it earlier answers the request itself, and
   * the request is not sent to the server.
   */
  response: HttpResponse | undefined;
  /** The interim (1xx) responses, in order; undefined if there were none. */
  interim: InterimResponse[] | undefined;
  /** Messages of the upgraded connection; undefined without an upgrade. */
  messages: MessageLog | undefined;
  /** Set if the connection was upgraded to WebSocket and its frames were parsed. */
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

  /**
   * Sends the request again, as it is now, as a flow of its own: hooks are called for it (`isReplay` is `request`), and it is
   * recorded. Works for live flows, copies, and flows of a capture.
   * @returns that flow once it has ended, with its response or its error; content is there as long as the flow is in use
   * @throws FlowNotLiveError if the program ends
   */
  replay(): Promise<HttpFlow> {
    if (this.services) return this.services.replay(this);
    return Promise.reject(new FlowNotLiveError('Nothing can be replayed here'));
  }

  copy(): HttpFlow {
    const copy = new HttpFlow(this.client, this.server, this.request.clone(), this.timestampCreated);
    copy.response = this.response?.clone();
    copy.interim = this.interim?.map((each) => ({ ...each, headers: each.headers.clone() }));
    copy.messages = this.messages?.clone();
    copy.websocket = this.websocket && { ...this.websocket };
    return this.finishCopy(copy);
  }
}

/** A flow that consists of messages only. */
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

  copy(): TcpFlow {
    return this.finishCopy(new TcpFlow(this.client, this.server, this.messages.clone(), this.timestampCreated));
  }
}

/** Datagrams between one client address and one server address. */
export class UdpFlow extends MessageFlow {
  readonly type = 'udp';

  copy(): UdpFlow {
    return this.finishCopy(new UdpFlow(this.client, this.server, this.messages.clone(), this.timestampCreated));
  }
}

/** A DNS query and its response. */
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
    return this.finishCopy(copy);
  }
}

export type Flow = HttpFlow | TcpFlow | UdpFlow | DnsFlow;

/** Frees the resources of an ended flow outside the heap: spool files and memory accounting. */
export function releaseFlow(flow: Flow): void {
  if (flow.type === 'http') {
    flow.request.body.release();
    flow.response?.body.release();
    flow.response?.marks?.release();
    flow.messages?.release();
  } else if (flow.type !== 'dns') flow.messages.release();
}

/** A deep copy of arrays and plain objects; buffers are shared. */
function cloneValue<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(cloneValue) as Value;
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, cloneValue(each)])) as Value;
}
