import type { Flow } from '../../flow/flow.js';
import type { Channel } from '../channel.js';
import type { ClientContext } from '../client-context.js';
import type { Deadline } from '../deadlines.js';
import { Outlet } from '../outlet.js';
import type { Route } from '../route.js';
import { errorPage } from './error-page.js';
import { Http1Reader } from './reader.js';
import { TargetParser } from './request-target.js';
import { UpstreamPool } from './upstream-pool.js';

/** An HTTP/1 connection to a client, and what its exchanges share. */
export class Downstream {
  readonly reader: Http1Reader;
  readonly outlet: Outlet;
  readonly pool: UpstreamPool;
  readonly targets: TargetParser;
  private readonly deadline: Deadline;
  private onExpiry: () => void = () => {};

  /** @param route where the connection leads, if that is known; its requests are then in origin form */
  constructor(
    readonly context: ClientContext,
    readonly channel: Channel,
    readonly route: Route | undefined,
  ) {
    const { services } = context;
    const { maxHeaderSize, validateInboundHeaders } = services.options;
    this.reader = new Http1Reader(channel.stream, { maxHeaderSize, strict: validateInboundHeaders, status: 400 });
    this.outlet = new Outlet(channel.stream, services.turn);
    this.pool = new UpstreamPool(context, route);
    this.targets = new TargetParser(route);
    this.deadline = services.deadlines.create(() => this.onExpiry());
  }

  /** Something that happens unless it is called off within the time, in seconds; 0 calls it off. */
  expireAfter(seconds: number, onExpiry: () => void = () => {}): void {
    this.onExpiry = onExpiry;
    this.deadline.set(seconds);
  }

  /** Nothing expires any more. */
  clearExpiry(): void {
    this.deadline.clear();
  }

  /** Answers for the server; nothing else may follow on this connection. */
  sendErrorPage(status: number, message: string, withBody: boolean): void {
    this.outlet.write(errorPage(status, message, this.context.services.version, withBody));
  }

  /** An error in our own code ends this connection only. */
  logInternal(error: unknown, flow?: Flow): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.context.services.log.error(`Internal error${flow ? ` in flow ${flow.id}` : ''}: ${text}`, this.context.client);
  }

  /** Gives back what it holds beside the connection itself. */
  dispose(): void {
    this.deadline.dispose();
    this.pool.close();
  }
}
