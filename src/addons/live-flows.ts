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
  /** Whether all ended flows are in the capture, so that the journal can be removed. */
  saved: () => boolean;
}

/** Milliseconds between updates of the journal. */
const PACE = 500;
/** Younger flows, in seconds, are not worth a journal entry. */
const AGE = 0.4;
/** Seconds that an ended flow stays in the journal, because its record may not be on disk yet. */
const AFTERLIFE = 2;
/** Maximum bytes of an ordinary body in the journal; messages and event streams have no limit. */
const BODY_LIMIT = 1024 * 1024;

/** Stores long-running flows in a journal, so that they can be recovered if the program is killed. */
export class LiveFlows implements Addon {
  readonly name = 'live flows';
  readonly observes = true;
  private readonly young = new TransientSet<Flow>();
  /** Long-running flows that the filter has not matched so far. */
  private readonly passedOver = new Set<Flow>();
  private readonly inJournal = new Set<Flow>();
  /** Ids of ended flows in the journal, with the time of their end in seconds since the epoch. */
  private readonly ended = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private updating: Promise<void> | undefined;
  private failed = false;

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
    if (this.inJournal.delete(flow)) this.ended.set(flow.id, Date.now() / 1000);
  }

  /** Call this after the capture is closed: until then the journal may be needed. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.updating;
    if (this.failed) return;
    await (this.options.saved() ? this.journal.remove() : this.journal.close()).catch(this.options.onError);
  }

  private async update(): Promise<void> {
    const now = Date.now() / 1000;
    const gone = [...this.ended].filter(([, end]) => now - end > AFTERLIFE).map(([id]) => id);
    for (const id of gone) this.ended.delete(id);
    for (const flow of this.young.extract(({ timestampCreated }) => now - timestampCreated >= AGE))
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
      this.failed = true;
      clearInterval(this.timer);
      this.options.onError(error as Error);
    }
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
