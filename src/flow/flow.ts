import type { ClientConnection, ServerConnection } from './connection.js';
import type { DnsMessage } from './dns-message.js';
import type { HttpRequest } from './http/http-request.js';
import type { HttpResponse } from './http/http-response.js';
import type { InterimResponse } from './http/interim-response.js';
import type { MessageLog } from './message-log/message-log.js';
import { randomUUID } from './runtime.js';

export interface FlowError {
  message: string;
  /** Seconds since the epoch. */
  timestamp: number;
  /** One of `ERROR_CODES`, or that of a failed system call. Errors from other programs, older versions and addons may lack it. */
  code?: string | undefined;
}

/** The close code and reason of a WebSocket (RFC 6455 section 7). */
export interface WebSocketClose {
  /** Whether the client closed it, and not the server; undefined if unknown. */
  byClient: boolean | undefined;
  code: number | undefined;
  reason: string | undefined;
  /** Seconds since the epoch. */
  timestamp: number | undefined;
}

/**
 * The location of a flow in its capture, from which a writer can copy an unchanged flow as bytes. Other code treats it as
 * opaque.
 */
export interface FlowSource {
  readonly format: string;
  /** Set if no addon could change the flow since it was read; then the writer skips the comparison with the capture. */
  untouched?: boolean;
  /**
   * Set if the record may contain secrets: a writer copies only parts that equal the flow, and ignores all others. Undefined if
   * the writer cannot do that.
   */
  strict?: boolean;
  /** Bytes of its bodies and messages in the capture, if known. */
  readonly bodyBytes?: number | undefined;
}

/** Operations of a flow that the program implements. */
export interface FlowServices {
  /** Sends the request of a flow again. See `HttpFlow.replay`. */
  replay(flow: HttpFlow): Promise<HttpFlow>;
  /** Releases a copy made by an addon when it is no longer used. */
  releaseUnused(copy: Flow): void;
}

/** A message that an addon sends. */
export interface Injected {
  readonly toClient: boolean;
  readonly content: Buffer;
  /** Whether to send a WebSocket text message and not a binary one. */
  readonly isText: boolean;
}

/** A message to inject: either `text` or `content`. */
export interface Injection {
  toClient: boolean;
  content?: Uint8Array;
  text?: string;
}

/** The open connection of a flow with messages. */
export interface MessageChannel {
  /** @throws FlowNotLiveError if that side can no longer receive */
  inject(message: Injected): void;
  /** Ends the connection. */
  kill(): void;
}

/** The operation needs a live flow, and this one has ended or was read from a capture. */
export class FlowNotLiveError extends Error {
  override name = 'FlowNotLiveError';
  readonly code = 'ERR_FLOW_NOT_LIVE';
}

/** A request cannot be replayed: its body is missing, or it is a CONNECT or an upgrade. */
export class ReplayError extends Error {
  override name = 'ReplayError';
  readonly code = 'ERR_REPLAY';
}

/** Common part of all kinds of flow. */
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
  /** Set while the connection of a flow with messages is open. */
  channel: MessageChannel | undefined;
  /** Filters that rejected the flow, as bits, and the set of addons that these belong to. Used by the dispatcher only. */
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
   * An independent flow with a new id and the same content and connections. It shares the bytes of bodies and messages, which
   * stay available as long as the copy is referenced.
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
   * Sends a message to one side, after those that are queued. Hooks see it, and it is recorded as injected. For WebSocket, `text`
   * makes a text message and `content` a binary one; in other protocols both are bytes.
   * @throws FlowNotLiveError if the flow has no open connection, or that side can no longer receive
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
  /** While the flow is read from a capture: the response that it was recorded with, even if an addon has replaced it. */
  recordedResponse: HttpResponse | undefined;
  /** The interim (1xx) responses, in order; undefined if no interim response was received. */
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
   * Sends the request again, in its current state, as a new flow. Hooks are called for it (`isReplay` is `request`), and it is
   * recorded. Works for live flows, copies, and flows of a capture.
   * @returns the new flow after its end, with its response or its error; its content stays available as long as it is referenced
   * @throws FlowNotLiveError if the program is ending, ReplayError if the request cannot be replayed
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
