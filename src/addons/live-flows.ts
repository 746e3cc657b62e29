import type { FlowFilter } from '../flow/filter.js';
import type { Flow, HttpFlow, TcpFlow, UdpFlow } from '../flow/flow.js';
import type { Addon } from '../flow/hooks/hooks.js';
import { TransientSet } from '../flow/transient-set.js';
import type { LiveJournal } from '../serialize/native/journal/live-journal.js';

export interface LiveFlowsOptions {
  /** The current path of the journal: it may follow a rotated capture. */
  path: () => string;
  /** Only flows that match, or may still match, are stored. */
  filter?: FlowFilter;
  /** Called once if the journal cannot be written; it is given up then. */
  onError: (error: Error) => void;
  /** Resolves when the capture has all flows that were written to it, or cannot be written. */
  flushed: () => Promise<unknown>;
  /** Whether the capture has all ended flows so far, so that the journal can be removed. */
  saved: () => boolean;
}

/** Milliseconds between updates of the journal. */
const PACE = 500;
/** Younger flows, in seconds, are not worth a journal entry. */
const AGE = 0.4;
/** Milliseconds that a flow stays in the journal after an output has accepted it: compressed data is readable later. */
const AFTERLIFE = 2000;
/** Maximum bytes of an ordinary body in the journal; messages and event streams have no limit. */
const BODY_LIMIT = 1024 * 1024;

/**
 * Stores long-running flows in a journal, so that they can be recovered if the program is killed. It is called before the
 * outputs, and `afterOutputs` after them: what an output has taken must not get into the journal any more, and what it has yet
 * to write must stay there.
 */
export class LiveFlows implements Addon {
  readonly name = 'live flows';
  readonly observes = true;
  readonly afterOutputs: Addon = { name: this.name, observes: true, flowEnd: (flow) => this.written(flow) };
  private readonly young = new TransientSet<Flow>();
  /** Long-running flows that the filter has not matched so far. */
  private readonly passedOver = new Set<Flow>();
  private readonly inJournal = new Set<Flow>();
  /** Ended flows in the journal that the outputs have yet to take. */
  private readonly ending = new Set<Flow>();
  /** Ids of flows in the journal that are in the capture, with the time at which they got there (`performance.now`). */
  private readonly saved = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private updating: Promise<void> | undefined;

  constructor(
    private readonly journal: LiveJournal,
    private readonly options: LiveFlowsOptions,
  ) {}

  running(): void {
    this.timer = setInterval(() => {
      this.updating ??= this.update().finally(() => {
        this.updating = undefined;
      });
    }, PACE).unref();
  }

  requestHeaders(flow: HttpFlow): void {
    this.young.add(flow);
  }

  tcpStart(flow: TcpFlow): void {
    this.young.add(flow);
  }

  udpStart(flow: UdpFlow): void {
    this.young.add(flow);
  }

  flowEnd(flow: Flow): void {
    if (this.young.delete(flow) || this.passedOver.delete(flow)) return;
    if (this.inJournal.delete(flow)) this.ending.add(flow);
  }

  /** Call this after the capture is closed: until then the journal may be needed. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.updating;
    await (this.options.saved() ? this.journal.remove() : this.journal.close()).catch(this.options.onError);
  }

  private async update(): Promise<void> {
    const gone = [...this.saved].filter(([, at]) => performance.now() - at > AFTERLIFE).map(([id]) => id);
    for (const id of gone) this.saved.delete(id);
    const now = Date.now() / 1000;
    // Flows from before a change of the system's clock count as old.
    for (const flow of this.young.extract(({ timestampCreated }) => Math.abs(now - timestampCreated) >= AGE))
      this.passedOver.add(flow);
    for (const flow of this.passedOver) {
      if (!this.mayBeSaved(flow)) continue;
      this.passedOver.delete(flow);
      this.inJournal.add(flow);
    }
    try {
      await this.journal.moveTo(this.options.path());
      await this.journal.update([...this.inJournal], gone);
    } catch (error) {
      clearInterval(this.timer);
      this.options.onError(error as Error);
    }
  }

  /** The outputs have taken an ended flow, but may have yet to write it. */
  private written(flow: Flow): void {
    if (!this.ending.delete(flow)) return;
    void this.options.flushed().then(() => {
      if (this.options.saved()) this.saved.set(flow.id, performance.now());
    });
  }

  private mayBeSaved(flow: Flow): boolean {
    const { filter } = this.options;
    if (!filter) return true;
    const answered = flow.type === 'http' && flow.response !== undefined;
    return filter.evaluate(flow, answered ? 'responseHeaders' : 'requestHeaders') !== 'no';
  }
}

/** Maximum bytes of a body to store in the journal. @param kind `request`, `response`, `messages` or `marks` */
export function liveBodyLimit(flow: Flow, kind: string): number {
  if (kind === 'messages' || kind === 'marks') return Number.POSITIVE_INFINITY;
  const stream = kind === 'response' && flow.type === 'http' && flow.response?.isEventStream;
  return stream ? Number.POSITIVE_INFINITY : BODY_LIMIT;
}
