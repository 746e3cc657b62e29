import type { HttpFlow } from '../../flow/flow.js';
import { hashOf } from '../../flow/text/hash.js';
import { flowBegan } from '../../flow/timing.js';
import { extractFromResponse } from './extract/response.js';
import { ValueExtractor } from './extract/value-extractor.js';
import { UseTable } from './hashes/use-table.js';
import { hashesOfMessages, hashesOfRequest } from './hashes/value-hashes.js';
import { isIssuedBefore, issuedAt } from './issue-time.js';
import { SHORTEST_ANYWHERE } from './rewrite/visitor.js';
import { Users } from './users/users.js';
import type { ValueSettings } from './value-settings.js';
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
  private recentUses = new UseTable();
  private earlierUses = new UseTable();

  constructor(private readonly settings: ValueSettings) {}

  /** Adds a flow. Flows are added in the order in which they began. */
  async add(flow: HttpFlow): Promise<void> {
    const began = flowBegan(flow);
    for (const hash of await hashesOfRequest(flow.request, this.settings)) this.recentUses.addUse(hash, began);
    for await (const { hashes, timestamp } of hashesOfMessages(flow, this.settings)) {
      for (const hash of hashes) this.recentUses.addUse(hash, timestamp);
    }
    if (this.recentUses.size > MAX_RECENT) {
      this.earlierUses = this.recentUses;
      this.recentUses = new UseTable();
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

  isUsed(hash: number, issued: number, isRenewed: boolean): boolean {
    if (isRenewed) return true;
    const recent = this.recentUses.firstUse(hash) ?? Number.POSITIVE_INFINITY;
    const earlier = this.earlierUses.firstUse(hash) ?? Number.POSITIVE_INFINITY;
    return isIssuedBefore(issued, Math.min(recent, earlier));
  }

  usesOf(): number {
    return Number.POSITIVE_INFINITY;
  }

  sourcesBefore(hash: number, began: number): string[] {
    const holders = [...(this.holders.get(hash) ?? [])];
    return holders.filter((id) => isIssuedBefore(this.inFlight.get(id)!.time, began));
  }

  private async addResponse(flow: HttpFlow): Promise<void> {
    const hashes = new Set<number>();
    let user = this.users.of(flow);
    const extractor = new ValueExtractor(this.settings.names, (value, keys, anywhere) => {
      for (const key of anywhere ? [...keys, ''] : keys) {
        const hash = hashOf(key, value);
        hashes.add(hash);
        // Only cookies are certain to become credentials; later uses of other values are unknown.
        if (key.startsWith('cookie:') && value.length >= SHORTEST_ANYWHERE) user = this.users.join(user, hash);
      }
    });
    await extractFromResponse(flow.response!, flow.request.path, this.settings, extractor);
    this.inFlight.set(flow.id, { time: issuedAt(flow), hashes });
    for (const hash of hashes) {
      const holders = this.holders.get(hash);
      if (holders) holders.add(flow.id);
      else this.holders.set(hash, new Set([flow.id]));
    }
  }
}
