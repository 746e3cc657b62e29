import { type HttpFlow, releaseFlow } from '../../flow/flow.js';
import { FlowQueues } from './flow-queues.js';
import { exactText, keyOf, LEVELS, type MatchKey } from './match-key.js';

/** A flow of a capture, and how it can be read again. */
export interface CapturedFlow<Place> {
  readonly flow: HttpFlow;
  readonly place: Place;
}

/** One of two captures. */
export interface CaptureSide<Place> {
  /** All flows, in their order. The matcher releases them. */
  readonly flows: AsyncIterable<CapturedFlow<Place>>;
  /** @returns undefined if the flow is gone */
  readAgain(place: Place): Promise<HttpFlow | undefined>;
}

export interface MatchHandlers {
  /** Two flows that belong together; both are released when it returns, or when its promise settles. */
  onPair(recorded: HttpFlow, replayed: HttpFlow): void | Promise<void>;
  /** A flow without a partner. */
  onSingle(flow: HttpFlow, side: 'recorded' | 'replayed'): void;
}

/** Flows of each side that wait for their partner in memory. */
const WINDOW = 1000;

interface Waiting<Place> extends CapturedFlow<Place> {
  readonly key: MatchKey;
  readonly number: number;
}

/** A flow that was released while it waited. */
interface Left<Place> {
  readonly place: Place;
  readonly key: MatchKey;
  /** Its position in its capture. */
  readonly number: number;
}

/**
 * Matches the flows of two captures by method, URL, body and order. Captures are read side by side, so that flows in about the
 * same order are read once. What finds no partner within a window is put aside, and matched by less and less at the end:
 * without the body, without values of parameters, without ids in the path. Hosts have to be the same, unless each capture
 * has hosts that the other lacks.
 */
export class CaptureMatcher<Place> {
  private readonly waiting: readonly [WaitingFlows<Place>, WaitingFlows<Place>];
  private readonly left: readonly [LeftFlows<Place>, LeftFlows<Place>];
  private readonly hosts = [new Set<string>(), new Set<string>()] as const;

  constructor(
    private readonly sides: readonly [CaptureSide<Place>, CaptureSide<Place>],
    private readonly handlers: MatchHandlers,
  ) {
    this.waiting = [new FlowQueues(), new FlowQueues()];
    this.left = [new FlowQueues(), new FlowQueues()];
  }

  async run(): Promise<void> {
    await this.readBoth();
    for (const side of [0, 1] as const) {
      for (let flow = this.waiting[side].takeOldest(); flow; flow = this.waiting[side].takeOldest()) {
        const pending = this.putAside(side, flow);
        if (pending) await pending;
      }
    }
    await this.matchLeft();
  }

  /** Reads one flow of each capture in turns. */
  private async readBoth(): Promise<void> {
    const readers = this.sides.map(({ flows }) => flows[Symbol.asyncIterator]());
    const counts = [0, 0];
    const open = new Set([0, 1] as const);
    while (open.size > 0) {
      for (const side of open) {
        const { value, done } = await readers[side]!.next();
        if (done) open.delete(side);
        else {
          const found = keyOf(value.flow);
          const key = found instanceof Promise ? await found : found;
          const pending = this.take(side, { ...value, key, number: counts[side]!++ });
          if (pending) await pending;
        }
      }
    }
  }

  private take(side: Side, flow: Waiting<Place>): void | Promise<void> {
    const other = (1 - side) as Side;
    this.hosts[side].add(flow.key.authority);
    const text = exactText(flow.key);
    const left = this.left[other].take(text);
    if (left) return this.pairLeft(side, flow, left);
    const partner = this.waiting[other].take(text);
    if (partner) return this.pairSides(side, flow.flow, partner.flow);
    this.waiting[side].add(flow, text, LEVELS[0](flow.key));
    return this.waiting[side].size > WINDOW ? this.putAside(side, this.waiting[side].takeOldest()!) : undefined;
  }

  /** Pairs a flow with one that was put aside earlier. */
  private async pairLeft(side: Side, { flow }: Waiting<Place>, left: Left<Place>): Promise<void> {
    const partner = await this.sides[1 - side]!.readAgain(left.place);
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

  /** Pairs a flow with one of another host, if each capture has hosts of its own; else releases it until the end. */
  private putAside(side: Side, { flow, place, key, number }: Waiting<Place>): void | Promise<void> {
    if (this.hostKey(key.authority) === OTHER_HOST) {
      const other = (1 - side) as Side;
      const partner = this.waiting[other].take(
        LEVELS[0](key),
        (candidate) => this.hostKey(candidate.key.authority) === OTHER_HOST,
      );
      if (partner) return this.pairSides(side, flow, partner.flow);
    }
    releaseFlow(flow);
    this.left[side].add({ place, key, number }, exactText(key));
    return undefined;
  }

  /** Matches what was put aside, and reads it again in the order of the recording. */
  private async matchLeft(): Promise<void> {
    let [recorded, replayed] = this.left.map((flows) => flows.all().sort(byNumber)) as [Left<Place>[], Left<Place>[]];
    const pairs: [Left<Place>, Left<Place>][] = [];
    for (const level of LEVELS) {
      const textOf = ({ key }: Left<Place>): string => `${this.hostKey(key.authority)} ${level(key)}`;
      const queues = new FlowQueues<Left<Place>>();
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

  private async reportSingles(side: Side, flows: readonly Left<Place>[]): Promise<void> {
    for (const { place } of flows) {
      const flow = await this.sides[side].readAgain(place);
      if (!flow) continue;
      this.handlers.onSingle(flow, side === 0 ? 'recorded' : 'replayed');
      releaseFlow(flow);
    }
  }

  /** Hosts that only one capture has stand for each other. */
  private hostKey(authority: string): string {
    return this.hosts.every((hosts) => hosts.has(authority)) ? authority : OTHER_HOST;
  }
}

type Side = 0 | 1;
type WaitingFlows<Place> = FlowQueues<Waiting<Place>>;
type LeftFlows<Place> = FlowQueues<Left<Place>>;

const OTHER_HOST = '*';

function byNumber(one: Left<unknown>, other: Left<unknown>): number {
  return one.number - other.number;
}
