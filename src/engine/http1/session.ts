import { breakOff, type Channel, endLingering } from '../channel.js';
import type { ClientContext } from '../client-context.js';
import { ClientGoneError, ProtocolError } from '../errors.js';
import type { Route } from '../route.js';
import { Downstream } from './downstream.js';
import { Exchange } from './exchange.js';
import type { Head } from './head.js';
import type { Handover } from './outcome.js';

/** HTTP/1 with one client: its requests one after the other, pipelined or not. */
export class Http1Session {
  readonly downstream: Downstream;
  /** Exchanges begun so far. */
  served = 0;
  private exchange: Exchange | undefined;

  /** @param route where the connection leads, if that is known; its requests are then in origin form */
  constructor(
    private readonly context: ClientContext,
    channel: Channel,
    route: Route | undefined,
  ) {
    this.downstream = new Downstream(context, channel, route);
    const { reader } = this.downstream;
    reader.onHeadBegun = this.limitHead;
    reader.onEnd = () => this.exchange?.clientEnded();
    channel.stream.once('close', () => {
      reader.fail(new ClientGoneError());
      this.exchange?.clientGone(new ClientGoneError());
    });
    if (channel.stream.destroyed) reader.fail(new ClientGoneError());
  }

  /** Serves requests until the connection ends. @returns what to do with it, if it was not ended */
  async run(): Promise<Handover | undefined> {
    try {
      for (;;) {
        const next = this.nextHead();
        const head = next instanceof Promise ? await next : next;
        this.downstream.clearExpiry();
        if (!head) break;
        this.served++;
        this.exchange = new Exchange(this.downstream, head);
        if (this.downstream.reader.atEnd) this.exchange.clientEnded();
        const outcome = await this.exchange.run();
        this.exchange = undefined;
        if (typeof outcome === 'object') return outcome;
        if (outcome === 'broken') {
          this.downstream.outlet.flush();
          breakOff(this.downstream.channel);
          return undefined;
        }
        if (outcome === 'close') break;
      }
      this.end();
    } catch (error) {
      this.refuse(error as Error);
    } finally {
      this.downstream.dispose();
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

  /** @returns a promise only if it is not there yet */
  private nextHead(): Head | undefined | Promise<Head | undefined> {
    const { reader } = this.downstream;
    if (this.context.closing) return undefined;
    const head = reader.readHead();
    if (!(head instanceof Promise)) return head;
    if (reader.buffered > 0) this.limitHead();
    else this.downstream.expireAfter(this.context.services.options.tcpTimeout, this.idleTooLong);
    return head;
  }

  private readonly limitHead = (): void => {
    this.downstream.expireAfter(this.context.services.options.headerTimeout, this.headTooSlow);
  };

  /** Ends the connection when all that was written is out. */
  private end(): void {
    this.downstream.outlet.flush();
    endLingering(this.downstream.channel);
  }

  private readonly headTooSlow = (): void => {
    this.downstream.reader.fail(
      new ProtocolError(408, 'The head of the request took longer than header_timeout allows.'),
    );
  };

  private readonly idleTooLong = (): void => {
    this.downstream.reader.fail(new ClientGoneError('Idle for longer than tcp_timeout.'));
  };

  /** Before there is an exchange: what came is no request, or the client left. */
  private refuse(error: Error): void {
    const { log } = this.context.services;
    const { client } = this.context;
    if (error instanceof ProtocolError) {
      log.warn(error.message, client);
      this.downstream.sendErrorPage(error.status, error.message, true);
    } else if (!(error instanceof ClientGoneError)) this.downstream.logInternal(error);
    // Answers to earlier requests may still be on their way.
    this.end();
  }
}
