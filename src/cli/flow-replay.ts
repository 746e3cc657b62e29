import { FlowNotLiveError, type HttpFlow } from '../flow/flow.js';

/** Sends requests of flows again. */
export interface ReplayEngine {
  replay(flow: HttpFlow): Promise<HttpFlow>;
  /** See `ProxyEngine.stop`. */
  stop(graceMs: number): Promise<void>;
}

/** What `flow.replay` does, by means of the engine that runs, or one that is loaded when the first flow is replayed. */
export class FlowReplay {
  private engine: Promise<ReplayEngine> | undefined;
  private load: (() => Promise<ReplayEngine>) | undefined;
  private readonly pending = new Set<Promise<unknown>>();

  /** @param load called at the first replay */
  use(load: () => Promise<ReplayEngine>): void {
    this.load = load;
  }

  async replay(flow: HttpFlow): Promise<HttpFlow> {
    if (!this.load) throw new FlowNotLiveError('Nothing can be replayed any more, as the program ends');
    this.engine ??= this.load();
    const sending = this.engine.then((engine) => engine.replay(flow));
    this.pending.add(sending);
    try {
      return await sending;
    } finally {
      this.pending.delete(sending);
    }
  }

  /** Waits for replays that are in progress, and those that come of them, but not longer than until `given up`. */
  async settled(givenUp: Promise<void>): Promise<void> {
    let waiting = true;
    const stop = givenUp.then(() => {
      waiting = false;
    });
    while (waiting && this.pending.size > 0) await Promise.race([Promise.allSettled(this.pending), stop]);
  }

  /** Nothing is replayed any more. Ends an engine that was loaded for it. */
  async stop(graceMs: number): Promise<void> {
    this.load = undefined;
    // One that could not be started has been reported where a flow was to be replayed.
    const engine = await this.engine?.catch(() => undefined);
    await engine?.stop(graceMs);
  }
}
