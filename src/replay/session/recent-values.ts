import type { HttpFlow } from '../../flow/flow.js';
import { flowBegan } from '../../flow/timing.js';
import { Handing } from './handed/handing.js';
import { handResponse } from './handed/response.js';
import { handedOutAt, isBefore } from './moments.js';
import type { SessionPlaces } from './session-places.js';
import { hashOf } from './tokens/hash.js';
import { TokenTable } from './tokens/token-table.js';
import { TokenCollector } from './tokens/tokens.js';
import { Users } from './users/users.js';
import { clientMessages, rewriteMessage } from './uses/messages.js';
import { rewriteRequest } from './uses/request.js';
import { SHORTEST_ANYWHERE } from './uses/visitor.js';
import { NO_MESSAGES, type ValueSources } from './value-sources.js';

/** Minimum number of request values to remember. */
const MAX_RECENT = 500_000;

interface InFlight {
  readonly time: number;
  readonly hashes: ReadonlySet<number>;
}

/**
 * The values of a capture that is read from a pipe: those of flows that were read and are still in flight. Later requests are
 * unknown, so every value may be used.
 */
export class RecentValues implements ValueSources {
  readonly users = new Users();
  private readonly inFlight = new Map<string, InFlight>();
  private readonly holders = new Map<number, Set<string>>();
  /** Values that clients sent, for `isUsed`. The older table is dropped when the newer one is full, which limits memory. */
  private said = new TokenTable();
  private saidBefore = new TokenTable();

  constructor(private readonly places: SessionPlaces) {}

  /** Adds a flow. Flows are added in the order in which they began. */
  async add(flow: HttpFlow): Promise<void> {
    const collector = new TokenCollector();
    await rewriteRequest(flow.request, this.places, collector);
    const began = flowBegan(flow);
    for (const hash of collector.hashes) this.said.addUse(hash, began);
    for await (const message of clientMessages(flow)) {
      const inMessage = new TokenCollector();
      rewriteMessage(message, flow.request.path, this.places, inMessage);
      for (const hash of inMessage.hashes) this.said.addUse(hash, message.timestamp);
    }
    if (this.said.size > MAX_RECENT) {
      this.saidBefore = this.said;
      this.said = new TokenTable();
    }
    if (flow.response) await this.addResponse(flow);
  }

  /** Removes a flow that has ended or is not sent. */
  remove(id: string): void {
    for (const hash of this.inFlight.get(id)?.hashes ?? []) {
      const holders = this.holders.get(hash);
      holders?.delete(id);
      if (holders?.size === 0) this.holders.delete(hash);
    }
    this.inFlight.delete(id);
  }

  mayCarryOver(): boolean {
    return true;
  }

  isSource(): boolean {
    return true;
  }

  /** The values of messages are not kept: there may be many, and few are used. */
  messagesOf(): ReadonlySet<number> {
    return NO_MESSAGES;
  }

  isUsed(hash: number, handedOut: number, isRenewed: boolean): boolean {
    if (isRenewed) return true;
    const said = this.said.firstUse(hash) ?? Number.POSITIVE_INFINITY;
    const before = this.saidBefore.firstUse(hash) ?? Number.POSITIVE_INFINITY;
    return isBefore(handedOut, Math.min(said, before));
  }

  usesOf(): number {
    return Number.POSITIVE_INFINITY;
  }

  sourcesBefore(hash: number, began: number): string[] {
    const holders = [...(this.holders.get(hash) ?? [])];
    return holders.filter((id) => isBefore(this.inFlight.get(id)!.time, began));
  }

  private async addResponse(flow: HttpFlow): Promise<void> {
    const hashes = new Set<number>();
    let user = this.users.of(flow);
    const handing = new Handing(this.places.names, (value, keys, anywhere) => {
      for (const key of anywhere ? [...keys, ''] : keys) {
        const hash = hashOf(key, value);
        hashes.add(hash);
        // Only cookies are certain to become credentials; later uses of other values are unknown.
        if (key.startsWith('cookie:') && value.length >= SHORTEST_ANYWHERE) user = this.users.join(user, hash);
      }
    });
    await handResponse(flow.response!, flow.request.path, this.places, handing);
    this.inFlight.set(flow.id, { time: handedOutAt(flow), hashes });
    for (const hash of hashes) {
      const holders = this.holders.get(hash);
      if (holders) holders.add(flow.id);
      else this.holders.set(hash, new Set([flow.id]));
    }
  }
}
