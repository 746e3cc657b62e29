import type { HttpFlow } from '../../flow/flow.js';
import { SAFE } from '../../flow/http/methods.js';
import { hashOf } from '../../flow/text/hash.js';
import { flowBegan } from '../../flow/timing.js';
import { extractFromResponse } from './extract/response.js';
import { extractFromServerText, serverTexts } from './extract/server-messages.js';
import { ValueExtractor } from './extract/value-extractor.js';
import { UseTable } from './hashes/use-table.js';
import { hashesOfMessages, hashesOfRequest } from './hashes/value-hashes.js';
import { isIssuedBefore, issuedAt } from './issue-time.js';
import { isRenewed } from './names.js';
import { Users } from './users/users.js';
import type { ValueSettings } from './value-settings.js';
import { messageId, NO_MESSAGES, type ValueSources } from './value-sources.js';

/** Maximum number of responses to check for one that is early enough. */
const LOOK_BACK = 1000;
/** Maximum number of responses that a request waits for because of one value. They may belong to different users. */
const MAX_SOURCES = 8;

/**
 * Finds the values of recorded responses that later requests use, and the response that issued each value. A value belongs
 * to the side that sent it first, so a response does not issue a value that a client had already sent. The object stores
 * hashes of values. First all requests are added, then all responses, both in the order in which flows began.
 */
export class CapturedValues implements ValueSources {
  readonly users = new Users();
  private readonly table = new UseTable();
  /** The flows and messages that issued a value, by number. */
  private readonly ids: string[] = [];
  private readonly times: number[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly messages = new Map<string, Set<number>>();
  /** For values that were issued repeatedly: the numbers of the later responses. */
  private readonly later = new Map<number, number[]>();

  private readonly settings: ValueSettings;

  constructor(settings: ValueSettings) {
    this.settings = { ...settings, streamsLarge: true };
  }

  /** Adds the values that a request uses. The flow is not modified. */
  async addRequest(flow: HttpFlow): Promise<void> {
    const began = flowBegan(flow);
    this.users.of(flow);
    for (const hash of await hashesOfRequest(flow.request, this.settings)) this.table.addUse(hash, began);
    for await (const { hashes, timestamp } of hashesOfMessages(flow, this.settings)) {
      for (const hash of hashes) this.table.addUse(hash, timestamp);
    }
  }

  /** Adds the values that a response issues. */
  async addResponse(flow: HttpFlow): Promise<void> {
    const { response, request } = flow;
    if (!response) return;
    const repeated = new Set<number>();
    await extractFromResponse(
      response,
      request.path,
      this.settings,
      this.extractorFor(flow, flow.id, issuedAt(flow), repeated),
    );
    for await (const message of serverTexts(flow, this.settings.limit)) {
      const id = messageId(flow.id, message.number);
      const extractor = this.extractorFor(flow, id, message.timestamp, new Set());
      extractFromServerText(message, request.path, this.settings.rules, extractor);
      if (!this.numbers.has(id)) continue;
      const known = this.messages.get(flow.id);
      if (known) known.add(message.number);
      else this.messages.set(flow.id, new Set([message.number]));
    }
    // A response to an unsafe method may issue a known number for a new resource. Other responses only repeat known values.
    if (repeated.size === 0 || SAFE.has(request.method)) return;
    const sent = await hashesOfRequest(request, this.settings);
    for (const hash of repeated) if (!sent.has(hash)) this.addSource(hash, flow.id, issuedAt(flow));
  }

  /**
   * @param source the flow, or its message
   * @param repeated receives values that were issued before
   */
  private extractorFor(flow: HttpFlow, source: string, issued: number, repeated: Set<number>): ValueExtractor {
    let user = this.users.of(flow);
    return new ValueExtractor(this.settings.names, (value, keys, anywhere) => {
      for (const key of anywhere ? [...keys, ''] : keys) {
        const hash = hashOf(key, value);
        const firstUse = this.table.firstUse(hash);
        if (firstUse === undefined) continue;
        if (this.users.has(hash)) user = this.users.join(user, hash);
        if (isRenewed(key)) this.addSource(hash, source, issued);
        else if (this.table.sourceOf(hash) !== undefined) repeated.add(hash);
        else if (isIssuedBefore(issued, firstUse)) this.addSource(hash, source, issued);
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
      if (isIssuedBefore(this.times[later[at]!]!, began)) found.push(this.ids[later[at]!]!);
    }
    if (found.length < MAX_SOURCES && isIssuedBefore(this.times[first]!, began)) found.push(this.ids[first]!);
    return found;
  }

  private addSource(hash: number, id: string, issued: number): void {
    let number = this.numbers.get(id);
    if (number === undefined) {
      number = this.ids.push(id) - 1;
      this.times.push(issued);
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
}
