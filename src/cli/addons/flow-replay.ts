import { FlowNotLiveError, type HttpFlow } from '../../flow/flow.js';

/** Sends requests of flows again. */
export interface ReplayEngine {
  replay(flow: HttpFlow): Promise<HttpFlow>;
  /** See `ProxyEngine.stop`. */
  stop(graceMs: number): Promise<void>;
}

/** Implements `flow.replay` with the running engine, or with one that is loaded for the first replay. */
export class FlowReplay {
  private engine: Promise<ReplayEngine> | undefined;
  private load: (() => Promise<ReplayEngine>) | undefined;
  private readonly pending = new Set<Promise<unknown>>();

  /** @param load called for the first replay */
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

  /** Waits until no replay is in progress, including replays that others start, or until `givenUp` resolves. */
  async settled(givenUp: Promise<void>): Promise<void> {
    let waiting = true;
    const stop = givenUp.then(() => {
      waiting = false;
    });
    while (waiting && this.pending.size > 0) await Promise.race([Promise.allSettled(this.pending), stop]);
  }

  /** Rejects further replays, and ends an engine that was loaded for them. */
  async stop(graceMs: number): Promise<void> {
    this.load = undefined;
    // A failed start was already reported to the replay that needed the engine.
    const engine = await this.engine?.catch(() => undefined);
    await engine?.stop(graceMs);
  }
}
