import { type HttpFlow, releaseFlow } from '../../flow/flow.js';
import { FlowQueues } from './flow-queues.js';
import { bodyKey, destinationOf, exactText, haveEqualHeads, keyOf, LEVELS, type MatchKey } from './match-key.js';

/** A flow of a capture, with a reference for reading it again. */
export interface CapturedFlow<Place> {
  readonly flow: HttpFlow;
  readonly place: Place;
}

/** One of two captures. */
export interface CaptureSide<Place> {
  /** All flows in their order, in batches. The matcher releases them. */
  readonly flows: AsyncIterable<readonly CapturedFlow<Place>[]>;
  /** @returns undefined if the flow can no longer be read */
  readAgain(place: Place): Promise<HttpFlow | undefined>;
}

export interface MatchHandlers {
  /** Two flows that belong together; both are released when it returns, or when its promise settles. */
  onPair(recorded: HttpFlow, replayed: HttpFlow): void | Promise<void>;
  /** A flow without a partner. */
  onSingle(flow: HttpFlow, side: 'recorded' | 'replayed'): void;
}

/** Maximum number of flows per side that wait for their partner in memory. */
const WINDOW = 1000;

interface Waiting<Place> extends CapturedFlow<Place> {
  readonly key: MatchKey;
  readonly number: number;
}

/** A deferred flow; see `CaptureMatcher`. */
interface Deferred<Place> {
  readonly place: Place;
  readonly key: MatchKey;
  /** Its position in its capture. */
  readonly number: number;
}

/**
 * Matches the flows of two captures by method, URL, body and order. Captures are read side by side, so that flows in about the
 * same order are read once. A flow without a partner within the window is deferred: released, and read again at the end.
 * Deferred flows are matched more and more loosely: without the body, without the values of parameters, without ids in the
 * path. Hosts must be equal, unless each capture has hosts that the other lacks.
 */
export class CaptureMatcher<Place> {
  private readonly waiting: readonly [WaitingFlows<Place>, WaitingFlows<Place>];
  private readonly deferred: readonly [DeferredFlows<Place>, DeferredFlows<Place>];
  private readonly hosts = [new Set<string>(), new Set<string>()] as const;
  /** Destinations of flows that were paired by equal heads. */
  private readonly shared = new Set<string>();
  private lastHost: string | undefined;
  private lastPort: number | undefined;
  /** Flows read so far. */
  private readonly counts: [number, number] = [0, 0];

  constructor(
    private readonly sides: readonly [CaptureSide<Place>, CaptureSide<Place>],
    private readonly handlers: MatchHandlers,
  ) {
    this.waiting = [new FlowQueues(), new FlowQueues()];
    this.deferred = [new FlowQueues(), new FlowQueues()];
  }

  async run(): Promise<void> {
    await this.readBoth();
    for (const side of [0, 1] as const) {
      for (let flow = this.waiting[side].takeOldest(); flow; flow = this.waiting[side].takeOldest()) {
        const pending = this.defer(side, flow);
        if (pending) await pending;
      }
    }
    await this.matchDeferred();
  }

  /** Reads one flow of each capture in turns. */
  private async readBoth(): Promise<void> {
    const readers = [new Cursor(this.sides[0].flows), new Cursor(this.sides[1].flows)] as const;
    for (;;) {
      const one = readers[0].next() ?? (await readers[0].nextBatch());
      const other = readers[1].next() ?? (await readers[1].nextBatch());
      if (!one && !other) return;
      const bodies = [one ? bodyKey(one.flow) : '', other ? bodyKey(other.flow) : ''] as const;
      const first = typeof bodies[0] === 'string' ? bodies[0] : await bodies[0];
      const second = typeof bodies[1] === 'string' ? bodies[1] : await bodies[1];
      const pending = this.takeBoth(one, first, other, second);
      if (pending) await pending;
    }
  }

  private takeBoth(
    one: CapturedFlow<Place> | undefined,
    body: string,
    other: CapturedFlow<Place> | undefined,
    otherBody: string,
  ): void | Promise<void> {
    if (one && other && this.isIdle && body === otherBody && haveEqualHeads(one.flow, other.flow)) {
      this.counts[0]++;
      this.counts[1]++;
      this.noteDestination(one.flow);
      return this.pair(one.flow, other.flow);
    }
    const pending = one && this.take(0, { ...one, key: keyOf(one.flow, body), number: this.counts[0]++ });
    const takeOther = () =>
      other && this.take(1, { ...other, key: keyOf(other.flow, otherBody), number: this.counts[1]++ });
    return pending ? pending.then(takeOther) : takeOther();
  }

  private noteDestination({ request }: HttpFlow): void {
    const { host, port } = request;
    if (host === this.lastHost && port === this.lastPort) return;
    this.lastHost = host;
    this.lastPort = port;
    this.shared.add(destinationOf(request));
  }

  /** Whether no flow is waiting: then two equal flows form a pair. */
  private get isIdle(): boolean {
    const { waiting, deferred } = this;
    return waiting[0].size + waiting[1].size + deferred[0].size + deferred[1].size === 0;
  }

  private take(side: Side, flow: Waiting<Place>): void | Promise<void> {
    const other = (1 - side) as Side;
    this.hosts[side].add(flow.key.authority);
    const text = exactText(flow.key);
    const deferred = this.deferred[other].take(text);
    if (deferred) return this.pairDeferred(side, flow, deferred);
    const partner = this.waiting[other].take(text);
    if (partner) return this.pairSides(side, flow.flow, partner.flow);
    this.waiting[side].add(flow, text, LEVELS[0](flow.key));
    return this.waiting[side].size > WINDOW ? this.defer(side, this.waiting[side].takeOldest()!) : undefined;
  }

  /** Pairs a flow with a deferred one. */
  private async pairDeferred(side: Side, { flow }: Waiting<Place>, deferred: Deferred<Place>): Promise<void> {
    const partner = await this.sides[1 - side]!.readAgain(deferred.place);
    if (partner) await this.pairSides(side, flow, partner);
    else releaseFlow(flow);
  }

  private pairSides(side: Side, flow: HttpFlow, partner: HttpFlow): void | Promise<void> {
    return side === 0 ? this.pair(flow, partner) : this.pair(partner, flow);
  }

  private pair(recorded: HttpFlow, replayed: HttpFlow): void | Promise<void> {
    const pending = this.handlers.onPair(recorded, replayed);
    const release = (): void => {
      releaseFlow(recorded);
      releaseFlow(replayed);
    };
    if (pending) return pending.finally(release);
    release();
    return undefined;
  }

  /** Pairs a flow with one of another host, if each capture has hosts that the other lacks; else releases it until the end. */
  private defer(side: Side, { flow, place, key, number }: Waiting<Place>): void | Promise<void> {
    if (this.hostKey(key) === OTHER_HOST) {
      const other = (1 - side) as Side;
      const partner = this.waiting[other].take(
        LEVELS[0](key),
        (candidate) => this.hostKey(candidate.key) === OTHER_HOST,
      );
      if (partner) return this.pairSides(side, flow, partner.flow);
    }
    releaseFlow(flow);
    this.deferred[side].add({ place, key, number }, exactText(key));
    return undefined;
  }

  /** Matches the deferred flows, and reads them again in the order of the recording. */
  private async matchDeferred(): Promise<void> {
    let [recorded, replayed] = this.deferred.map((flows) => flows.all().sort(byNumber)) as [
      Deferred<Place>[],
      Deferred<Place>[],
    ];
    const pairs: [Deferred<Place>, Deferred<Place>][] = [];
    for (const level of LEVELS) {
      const textOf = ({ key }: Deferred<Place>): string => `${this.hostKey(key)} ${level(key)}`;
      const queues = new FlowQueues<Deferred<Place>>();
      for (const flow of replayed) queues.add(flow, textOf(flow));
      recorded = recorded.filter((flow) => {
        const partner = queues.take(textOf(flow));
        if (partner) pairs.push([flow, partner]);
        return !partner;
      });
      replayed = queues.all();
    }
    for (const [one, other] of pairs.sort(([one], [other]) => byNumber(one, other))) {
      const first = await this.sides[0].readAgain(one.place);
      const second = await this.sides[1].readAgain(other.place);
      if (first && second) await this.pair(first, second);
      else for (const flow of [first, second]) if (flow) releaseFlow(flow);
    }
    await this.reportSingles(0, recorded);
    await this.reportSingles(1, replayed);
  }

  private async reportSingles(side: Side, flows: readonly Deferred<Place>[]): Promise<void> {
    for (const { place } of flows) {
      const flow = await this.sides[side].readAgain(place);
      if (!flow) continue;
      this.handlers.onSingle(flow, side === 0 ? 'recorded' : 'replayed');
      releaseFlow(flow);
    }
  }

  /** The host for matching; the same for all hosts that only one capture has. */
  private hostKey({ authority, destination }: MatchKey): string {
    const isShared = this.shared.has(destination) || this.hosts.every((hosts) => hosts.has(authority));
    return isShared ? authority : OTHER_HOST;
  }
}

type Side = 0 | 1;
type WaitingFlows<Place> = FlowQueues<Waiting<Place>>;
type DeferredFlows<Place> = FlowQueues<Deferred<Place>>;

const OTHER_HOST = '*';

function byNumber(one: Deferred<unknown>, other: Deferred<unknown>): number {
  return one.number - other.number;
}

/** Takes single flows from batches, without a promise for each. */
class Cursor<Item> {
  private readonly batches: AsyncIterator<readonly Item[]>;
  private batch: readonly Item[] = [];
  private at = 0;

  constructor(items: AsyncIterable<readonly Item[]>) {
    this.batches = items[Symbol.asyncIterator]();
  }

  /** The next item of the batch. */
  next(): Item | undefined {
    return this.batch[this.at++];
  }

  /** The first item of the next batch; undefined at the end. */
  async nextBatch(): Promise<Item | undefined> {
    const { value, done } = await this.batches.next();
    this.batch = done ? [] : value;
    this.at = 1;
    return this.batch[0];
  }
}
