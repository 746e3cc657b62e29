import type { FlowFilter } from '../flow/filter.js';
import type { Flow } from '../flow/flow.js';
import type { Addon, Hook } from '../flow/hooks/hooks.js';
import { TransientSet } from '../flow/transient-set.js';

/**
 * Ends the program after a time without activity. An exchange in progress is activity, however long it takes. Connections that
 * may be silent forever (WebSocket, TCP, event streams) are active only while messages arrive.
 */
export class IdleEnd implements Addon {
  readonly name = 'ends';
  readonly observes = true;
  readonly requestHeaders?: Hook<'requestHeaders'>;
  readonly responseHeaders?: Hook<'responseHeaders'>;
  readonly serverSentEvent?: Hook<'serverSentEvent'>;
  readonly websocketMessage?: Hook<'websocketMessage'>;
  readonly tcpStart?: Hook<'tcpStart'>;
  readonly tcpMessage?: Hook<'tcpMessage'>;
  readonly udpMessage?: Hook<'udpMessage'>;

  private readonly exchanges = new TransientSet<Flow>();
  private last = 0;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param milliseconds without activity
   * @param live whether flows come from the network; flows of captures have already ended
   * @param end called once
   * @param now milliseconds of a clock that is not set, for tests
   */
  constructor(
    private readonly milliseconds: number,
    live: boolean,
    private readonly end: () => void,
    private readonly now = (): number => performance.now(),
  ) {
    if (!live) return;
    this.requestHeaders = (flow) => {
      this.exchanges.add(flow);
      this.active();
    };
    this.responseHeaders = (flow) => {
      if (flow.response?.isEventStream || flow.response?.statusCode === 101) this.exchanges.delete(flow);
    };
    const active = (): void => this.active();
    this.serverSentEvent = active;
    this.websocketMessage = active;
    this.tcpStart = active;
    this.tcpMessage = active;
    this.udpMessage = active;
  }

  /** Whether exchanges are in progress. */
  get isBusy(): boolean {
    return this.exchanges.size > 0;
  }

  /** Starts the clock. */
  start(): void {
    this.active();
    this.wait(this.milliseconds);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  flowEnd(flow: Flow): void {
    this.exchanges.delete(flow);
    this.active();
  }

  private active(): void {
    this.last = this.now();
  }

  /** One timer at a time. On expiry it is set again if there was activity since. */
  private wait(milliseconds: number): void {
    this.timer = setTimeout(() => {
      const left = this.exchanges.size > 0 ? this.milliseconds : this.last + this.milliseconds - this.now();
      if (left > 0) this.wait(Math.ceil(left));
      else this.end();
    }, milliseconds);
  }
}

/** Ends the program after a number of matching flows. It runs after the addons that save and show flows. */
export class CountEnd implements Addon {
  readonly name = 'ends';
  readonly observes = true;
  private remaining: number;

  /** @param end called once, in the hook of the last flow */
  constructor(
    count: number,
    private readonly end: (flow: Flow) => void,
    readonly filter?: FlowFilter,
  ) {
    this.remaining = count;
  }

  flowEnd(flow: Flow): void {
    if (--this.remaining === 0) this.end(flow);
  }
}
