import type { HttpFlow } from '../../flow/flow.js';
import { flowBegan } from '../../flow/timing.js';
import { Handing } from './handed/handing.js';
import { handResponse } from './handed/response.js';
import { handServerText, serverTexts } from './handed/server-messages.js';
import { handedOutAt, isBefore, isSafe } from './moments.js';
import type { SessionPlaces } from './session-places.js';
import { hashOf } from './tokens/hash.js';
import { TokenTable } from './tokens/token-table.js';
import { isRenewed, TokenCollector } from './tokens/tokens.js';
import { Users } from './users/users.js';
import { clientMessages, rewriteMessage } from './uses/messages.js';
import { rewriteRequest } from './uses/request.js';
import { messageId, NO_MESSAGES, type ValueSources } from './value-sources.js';

/** Maximum number of responses to check for one that is early enough. */
const LOOK_BACK = 1000;
/** Maximum number of responses that a request waits for because of one value. They may belong to different users. */
const MAX_SOURCES = 8;

/**
 * Finds the values of recorded responses that later requests use, and the response that handed out each value. A value belongs
 * to the side that sent it first, so a response does not hand out a value that a client had already sent. The object stores
 * hashes of values. First all requests are added, then all responses, both in the order in which flows began.
 */
export class ValueUse implements ValueSources {
  readonly users = new Users();
  private readonly table = new TokenTable();
  /** The flows and messages that handed out a value, by number. */
  private readonly ids: string[] = [];
  private readonly times: number[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly messages = new Map<string, Set<number>>();
  /** For values that were handed out repeatedly: the numbers of the later responses. */
  private readonly later = new Map<number, number[]>();

  private readonly places: SessionPlaces;

  constructor(places: SessionPlaces) {
    this.places = { ...places, searchesLarge: true };
  }

  /** Adds the values that a request uses. The flow is not modified. */
  async addRequest(flow: HttpFlow): Promise<void> {
    const began = flowBegan(flow);
    this.users.of(flow);
    for (const hash of await this.tokensOf(flow)) this.table.addUse(hash, began);
    for await (const message of clientMessages(flow)) {
      const collector = new TokenCollector();
      rewriteMessage(message, flow.request.path, this.places, collector);
      for (const hash of collector.hashes) this.table.addUse(hash, message.timestamp);
    }
  }

  /** Adds the values that a response hands out. */
  async addResponse(flow: HttpFlow): Promise<void> {
    const { response, request } = flow;
    if (!response) return;
    const repeated = new Set<number>();
    await handResponse(response, request.path, this.places, this.handing(flow, flow.id, handedOutAt(flow), repeated));
    for await (const message of serverTexts(flow, this.places.limit)) {
      const id = messageId(flow.id, message.number);
      const handing = this.handing(flow, id, message.timestamp, new Set());
      handServerText(message, request.path, this.places.rules, handing);
      if (!this.numbers.has(id)) continue;
      const known = this.messages.get(flow.id);
      if (known) known.add(message.number);
      else this.messages.set(flow.id, new Set([message.number]));
    }
    // A response to an unsafe method may hand out a known number for a new resource. Other responses only repeat known values.
    if (repeated.size === 0 || isSafe(request.method)) return;
    const sent = await this.tokensOf(flow);
    for (const hash of repeated) if (!sent.has(hash)) this.addSource(hash, flow.id, handedOutAt(flow));
  }

  /**
   * @param source the flow, or its message
   * @param repeated receives values that were handed out before
   */
  private handing(flow: HttpFlow, source: string, handedOut: number, repeated: Set<number>): Handing {
    let user = this.users.of(flow);
    return new Handing(this.places.names, (value, keys, anywhere) => {
      for (const key of anywhere ? [...keys, ''] : keys) {
        const hash = hashOf(key, value);
        const firstUse = this.table.firstUse(hash);
        if (firstUse === undefined) continue;
        if (this.users.has(hash)) user = this.users.join(user, hash);
        if (isRenewed(key)) this.addSource(hash, source, handedOut);
        else if (this.table.sourceOf(hash) !== undefined) repeated.add(hash);
        else if (isBefore(handedOut, firstUse)) this.addSource(hash, source, handedOut);
      }
    });
  }

  /** Must be called once all responses have been added. */
  finish(): void {
    this.table.compact();
  }

  /** The number of values to carry over. */
  get size(): number {
    return this.table.size;
  }

  mayCarryOver(hashes: ReadonlySet<number>): boolean {
    for (const hash of hashes) if (this.isUsed(hash)) return true;
    return false;
  }

  isSource(id: string): boolean {
    return this.numbers.has(id);
  }

  messagesOf(id: string): ReadonlySet<number> {
    return this.messages.get(id) ?? NO_MESSAGES;
  }

  usesOf(hash: number): number {
    return this.table.usesOf(hash);
  }

  isUsed(hash: number): boolean {
    return this.table.sourceOf(hash) !== undefined;
  }

  sourcesBefore(hash: number, began: number): string[] {
    const first = this.table.sourceOf(hash);
    if (first === undefined) return [];
    const later = this.later.get(hash) ?? [];
    const found: string[] = [];
    const oldest = Math.max(0, later.length - LOOK_BACK);
    for (let at = later.length - 1; at >= oldest && found.length < MAX_SOURCES; at--) {
      if (isBefore(this.times[later[at]!]!, began)) found.push(this.ids[later[at]!]!);
    }
    if (found.length < MAX_SOURCES && isBefore(this.times[first]!, began)) found.push(this.ids[first]!);
    return found;
  }

  private addSource(hash: number, id: string, handedOut: number): void {
    let number = this.numbers.get(id);
    if (number === undefined) {
      number = this.ids.push(id) - 1;
      this.times.push(handedOut);
      this.numbers.set(id, number);
    }
    const first = this.table.sourceOf(hash);
    if (first === undefined) this.table.setSource(hash, number);
    else if (first !== number) {
      const later = this.later.get(hash);
      if (!later) this.later.set(hash, [number]);
      else if (later.at(-1) !== number) later.push(number);
    }
  }

  private async tokensOf({ request }: HttpFlow): Promise<Set<number>> {
    const collector = new TokenCollector();
    await rewriteRequest(request, this.places, collector);
    return collector.hashes;
  }
}
