import type { FlowFilter } from '../flow/filter.js';
import type { Flow, HttpFlow } from '../flow/flow.js';
import type { Addon, Hook } from '../flow/hooks/hooks.js';
import type { HttpRequest } from '../flow/http/http-request.js';
import type { HttpResponse } from '../flow/http/http-response.js';
import { isControl } from '../flow/message-log/message.js';
import type { Message, MessageLog } from '../flow/message-log/messagelog.js';
import type { Definitions } from '../protobuf/definitions/definitions.js';
import { ContentPrinter } from '../terminal/content-printer.js';
import { dnsLines } from '../terminal/dns-lines.js';
import { HttpLines } from '../terminal/http-lines.js';
import type { LineSink } from '../terminal/line-sink.js';
import { eventLine, type MessageFlow, messageLine, messagesEndLine } from '../terminal/message-lines.js';
import type { Styles } from '../terminal/styles.js';
import { ProtobufViews } from '../terminal/views/protobuf.js';
import type { ViewChoice } from '../terminal/views/show-content.js';

export interface DumperOptions {
  /** 0: nothing; 1: URL and status; 2: full URLs and headers; 3: also content, shortened; 4: full content. */
  detail: number;
  out: LineSink;
  styles: Styles;
  /** Show URLs with the host that the client named, not the destination. */
  showHost: boolean;
  /** The current width of the terminal; undefined if the output is not a terminal: then no URL is cut. */
  columns: () => number | undefined;
  /** Lines of a message's content that are shown at detail 3. */
  linesCutoff: number;
  /** Only flows that match are shown. */
  filter?: FlowFilter;
  /** Which views show content; by default all. */
  contentView?: ViewChoice;
  /** Definitions of messages of Protobuf. */
  definitions?: Definitions | undefined;
}

type Pending = undefined | Promise<void>;

/** The lowest detail that shows content. */
const CONTENT = 3;
/** The lowest detail that shows the events of a stream as they arrive. */
const EVENTS = 2;

/**
 * Prints flows for people, one after the other, in the order of their ends. Messages of WebSocket, TCP and UDP flows and the
 * events of event streams are printed as they arrive, below the request that opened them.
 */
export class Dumper implements Addon {
  readonly name = 'dumper';
  readonly observes = true;
  readonly filter?: FlowFilter;
  readonly observesBodies: boolean;
  readonly flowEnd?: Hook<'flowEnd'>;
  readonly serverSentEvent?: Hook<'serverSentEvent'>;
  readonly websocketStart?: Hook<'websocketStart'>;
  readonly websocketMessage?: Hook<'websocketMessage'>;
  readonly tcpMessage?: Hook<'tcpMessage'>;
  readonly udpMessage?: Hook<'udpMessage'>;

  private readonly out: LineSink;
  private readonly detail: number;
  private readonly styles: Styles;
  private readonly lines: HttpLines;
  private readonly content: ContentPrinter;
  private readonly protobuf: ProtobufViews;
  /** HTTP flows whose request and response were printed before their end. */
  private readonly begun = new WeakSet<HttpFlow>();
  /** Flows whose messages were printed as they arrived. */
  private readonly followed = new WeakSet<Flow>();
  private readonly messageLines = new WeakMap<Flow, string[]>();
  /** The sides with an incomplete message, as bits: 1 is the client, 2 the server. */
  private readonly inParts = new WeakMap<Flow, number>();
  /** Settles when pending output is printed. */
  private printing: Pending;

  constructor(options: DumperOptions) {
    this.out = options.out;
    this.detail = options.detail;
    this.styles = options.styles;
    this.lines = new HttpLines(options);
    const maxLines = options.detail <= CONTENT ? options.linesCutoff : Number.POSITIVE_INFINITY;
    this.content = new ContentPrinter(options.out, options.styles, maxLines, options.contentView);
    this.protobuf = new ProtobufViews(options.definitions);
    this.observesBodies = options.detail >= CONTENT;
    if (options.detail === 0) return;

    this.filter = options.filter;
    this.flowEnd = (flow) => this.inTurn(() => this.end(flow));
    if (this.detail >= EVENTS) {
      this.serverSentEvent = ({ flow, event }) => this.inTurn(() => this.event(flow, event.content));
    }
    this.websocketStart = (flow) => this.inTurn(() => this.begin(flow));
    const onMessage: Hook<'websocketMessage' | 'tcpMessage' | 'udpMessage'> = ({ flow, message }) =>
      // Dropped messages of a capture are shown.
      message.dropped && !flow.source ? undefined : this.inTurn(() => this.liveMessage(flow, message));
    this.websocketMessage = onMessage;
    this.tcpMessage = onMessage;
    this.udpMessage = onMessage;
  }

  /** Prints now, or after pending output. @returns a promise only if it has to wait */
  private inTurn(print: () => Pending): Pending {
    if (this.out.closed) return undefined;
    const pending = this.printing ? this.printing.then(print) : print();
    if (!pending) return undefined;
    const done = (): void => {
      if (this.printing === settled) this.printing = undefined;
    };
    const settled: Promise<void> = pending.then(done, done);
    this.printing = settled;
    return pending;
  }

  private end(flow: Flow): Pending {
    if (flow.type === 'dns') return this.put(dnsLines(flow, this.styles));
    if (flow.type === 'http' && !isUpgraded(flow)) {
      return this.followed.has(flow) ? this.endEvents(flow) : this.exchange(flow);
    }
    return this.endMessages(flow);
  }

  /** Prints request and response of an upgraded flow, once. */
  private begin(flow: HttpFlow): Pending {
    if (this.begun.has(flow)) return undefined;
    this.begun.add(flow);
    return this.exchange(flow);
  }

  /** @param withContent whether the response is complete */
  private exchange(flow: HttpFlow, withContent = true): Pending {
    if (this.detail >= CONTENT) return this.exchangeWithContent(flow, withContent);
    const { lines } = this;
    const { request, response } = flow;
    let text = lines.request(flow) + lines.trailers(request.trailers) + lines.interim(flow);
    if (response) text += lines.response(flow, response) + lines.trailers(response.trailers);
    return this.put(text + this.exchangeError(flow));
  }

  private async exchangeWithContent(flow: HttpFlow, withContent: boolean): Promise<void> {
    const { request, response } = flow;
    this.out.write(this.lines.request(flow));
    await this.contentOf(request, request);
    this.out.write(this.lines.interim(flow));
    if (response) {
      this.out.write(this.lines.response(flow, response));
      if (withContent) await this.contentOf(request, response);
    }
    await this.put(this.exchangeError(flow));
  }

  private async contentOf(request: HttpRequest, message: HttpRequest | HttpResponse): Promise<void> {
    await this.content.body(message, this.protobuf.viewOf(request, message.headers));
    this.out.write(this.lines.trailers(message.trailers));
  }

  /** The error of an upgraded flow is printed after its messages. */
  private exchangeError(flow: HttpFlow): string {
    return flow.error && !isUpgraded(flow) ? this.lines.error(flow.error.message) : '';
  }

  private event(flow: HttpFlow, content: Buffer): Pending {
    this.followed.add(flow);
    const isFirst = !this.begun.has(flow);
    this.begun.add(flow);
    const head = isFirst ? this.exchange(flow, false) : undefined;
    return head ? head.then(() => this.printEvent(flow, content)) : this.printEvent(flow, content);
  }

  private printEvent(flow: HttpFlow, content: Buffer): Promise<void> {
    this.out.write(eventLine(flow));
    return this.content.message(content);
  }

  /** Prints the trailers and the error; the events were printed as they arrived. */
  private endEvents(flow: HttpFlow): Pending {
    return this.put(this.lines.trailers(flow.response?.trailers) + this.exchangeError(flow));
  }

  private liveMessage(flow: MessageFlow, message: Message): Pending {
    this.followed.add(flow);
    const head = flow.type === 'http' ? this.begin(flow) : undefined;
    return head ? head.then(() => this.message(flow, message)) : this.message(flow, message);
  }

  private message(flow: MessageFlow, message: Message): Pending {
    if (this.beginsMessage(flow, message)) this.out.write(this.lineOf(flow, message));
    return this.detail >= CONTENT ? this.content.message(message.content) : this.out.drained();
  }

  /** The lines of a flow differ by direction and kind only. */
  private lineOf(flow: MessageFlow, message: Message): string {
    let lines = this.messageLines.get(flow);
    if (!lines) {
      lines = [];
      this.messageLines.set(flow, lines);
    }
    const kind = message.opcode * 2 + (message.fromClient ? 1 : 0);
    lines[kind] ??= messageLine(flow, message);
    return lines[kind];
  }

  /** A message that arrives in parts has one line, before its first part. */
  private beginsMessage(flow: MessageFlow, { fromClient, opcode, more }: Message): boolean {
    if (isControl(opcode)) return true;
    const open = this.inParts.get(flow) ?? 0;
    const side = fromClient ? 1 : 2;
    const now = more ? open | side : open & ~side;
    if (now !== open) this.inParts.set(flow, now);
    return (open & side) === 0;
  }

  private endMessages(flow: MessageFlow): Pending {
    const head = flow.type === 'http' ? this.begin(flow) : undefined;
    const unseen = !this.followed.has(flow) && (this.observesBodies || this.filter?.needsBodies) && flow.messages;
    return head || unseen ? this.catchUp(flow, head, unseen || []) : this.put(messagesEndLine(flow, this.styles));
  }

  /** Prints messages without a hook: the filter needed them for its verdict, or the upgraded protocol is unknown. */
  private async catchUp(flow: MessageFlow, head: Pending, unseen: MessageLog | readonly Message[]): Promise<void> {
    await head;
    for await (const message of unseen) await this.message(flow, message);
    await this.put(messagesEndLine(flow, this.styles));
  }

  private put(text: string): Pending {
    this.out.write(text);
    return this.out.drained();
  }
}

function isUpgraded(flow: HttpFlow): boolean {
  return flow.messages !== undefined || flow.websocket !== undefined;
}
