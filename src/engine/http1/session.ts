import type { Flow } from '../../flow/flow.js';
import { breakOff, type Channel, endLingering } from '../channel.js';
import type { ClientContext } from '../client-context.js';
import type { Deadline } from '../deadlines.js';
import { ClientGoneError, ProtocolError } from '../errors.js';
import { Outlet } from '../outlet.js';
import type { Route } from '../route.js';
import { errorPage } from './error-page.js';
import { Exchange } from './exchange.js';
import type { Head } from './head.js';
import { Http1Reader } from './reader.js';
import { TargetParser } from './request-target.js';
import { UpstreamPool } from './upstream.js';

/** What a session leaves to somebody else when it gives its client connection up: a CONNECT that was accepted. */
export interface Handover {
  route: Route;
  /** Bytes that came behind the CONNECT. */
  rest: Buffer;
}

/** How a session goes on after an exchange. */
export type Outcome = 'next' | 'close' | 'broken' | Handover;

/** HTTP/1 with one client: its requests one after the other, pipelined or not. */
export class Http1Session {
  readonly reader: Http1Reader;
  readonly outlet: Outlet;
  readonly pool: UpstreamPool;
  readonly targets: TargetParser;
  private readonly deadline: Deadline;
  /** Exchanges begun so far. */
  served = 0;
  private exchange: Exchange | undefined;
  private onExpiry: () => void = () => {};

  /** @param route where the connection leads, if that is known; its requests are then in origin form */
  constructor(
    readonly context: ClientContext,
    readonly channel: Channel,
    readonly route?: Route,
  ) {
    const { maxHeaderSize, validateInboundHeaders } = context.services.options;
    this.reader = new Http1Reader(channel.stream, { maxHeaderSize, strict: validateInboundHeaders }, 400);
    this.outlet = new Outlet(channel.stream, context.services.turn);
    this.pool = new UpstreamPool(context, route);
    this.targets = new TargetParser(route);
    this.deadline = context.services.deadlines.create(() => this.onExpiry());
    this.reader.onHeadBegun = this.limitHead;
    this.reader.onEnd = () => this.exchange?.clientEnded();
    channel.stream.once('close', () => {
      this.reader.fail(new ClientGoneError());
      this.exchange?.clientGone(new ClientGoneError());
    });
    if (channel.stream.destroyed) this.reader.fail(new ClientGoneError());
  }

  /** Serves requests until the connection ends. @returns what to do with it, if it was not ended */
  async run(): Promise<Handover | undefined> {
    try {
      for (;;) {
        const next = this.nextHead();
        const head = next instanceof Promise ? await next : next;
        this.deadline.clear();
        if (!head) break;
        this.served++;
        this.exchange = new Exchange(this, head);
        if (this.reader.atEnd) this.exchange.clientEnded();
        const outcome = await this.exchange.run();
        this.exchange = undefined;
        if (typeof outcome === 'object') return outcome;
        if (outcome === 'broken') {
          this.outlet.flush();
          breakOff(this.channel);
          return undefined;
        }
        if (outcome === 'close') break;
      }
      this.end();
    } catch (error) {
      this.refuse(error as Error);
    } finally {
      this.deadline.dispose();
      this.pool.close();
    }
    return undefined;
  }

  /** True between two requests. */
  get idle(): boolean {
    return this.exchange === undefined;
  }

  /** Ends the flow in progress with an error, and the connection. */
  interrupt(): void {
    this.exchange?.clientGone(new ClientGoneError());
  }

  /** Something that happens unless it is called off within the time; 0 calls it off. */
  expireAfter(seconds: number, onExpiry: () => void = () => {}): void {
    this.onExpiry = onExpiry;
    this.deadline.set(seconds);
  }

  /** Answers for the server; nothing else may follow on this connection. */
  sendErrorPage(status: number, message: string, withBody: boolean): void {
    this.outlet.write(errorPage(status, message, this.context.services.version, withBody));
  }

  /** @returns a promise only if it is not there yet */
  private nextHead(): Head | undefined | Promise<Head | undefined> {
    const { reader } = this;
    if (this.context.closing) return undefined;
    const head = reader.readHead();
    if (!(head instanceof Promise)) return head;
    if (reader.buffered > 0) this.limitHead();
    else this.expireAfter(this.context.services.options.tcpTimeout, this.idleTooLong);
    return head;
  }

  private readonly limitHead = (): void => {
    this.expireAfter(this.context.services.options.headerTimeout, this.headTooSlow);
  };

  /** Ends the connection when all that was written is out. */
  private end(): void {
    this.outlet.flush();
    endLingering(this.channel);
  }

  private readonly headTooSlow = (): void => {
    this.reader.fail(new ProtocolError(408, 'The head of the request took longer than header_timeout allows.'));
  };

  private readonly idleTooLong = (): void => {
    this.reader.fail(new ClientGoneError('Idle for longer than tcp_timeout.'));
  };

  /** Before there is an exchange: what came is no request, or the client left. */
  private refuse(error: Error): void {
    const { log } = this.context.services;
    const { client } = this.context;
    if (error instanceof ProtocolError) {
      log.warn(error.message, client);
      this.sendErrorPage(error.status, error.message, true);
    } else if (!(error instanceof ClientGoneError)) this.logInternal(error);
    // Answers to earlier requests may still be on their way.
    this.end();
  }

  /** An error in our own code ends this connection only. */
  logInternal(error: unknown, flow?: Flow): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.context.services.log.error(`Internal error${flow ? ` in flow ${flow.id}` : ''}: ${text}`, this.context.client);
  }
}
