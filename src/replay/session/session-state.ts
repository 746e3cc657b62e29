import type { HttpFlow } from '../../flow/flow.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import { SAFE } from '../../flow/http/methods.js';
import type { Message } from '../../flow/message-log/message.js';
import { hashOf } from '../../flow/text/hash.js';
import { flowBegan } from '../../flow/timing.js';
import type { CapturedValues } from './captured-values.js';
import { Conversations } from './conversations.js';
import { hashesOfMessages, hashesOfRequest } from './hashes/value-hashes.js';
import { issuedAt } from './issue-time.js';
import { keyedValue, LiveValues } from './live-values.js';
import { isRenewed } from './names.js';
import { PendingFlows } from './pending-flows.js';
import { RecentValues } from './recent-values.js';
import { findRenewals, type Renewal } from './renewal.js';
import { rewriteMessage } from './rewrite/messages.js';
import { rewriteRequest } from './rewrite/request.js';
import { SHORTEST_ANYWHERE, type ValueVisitor } from './rewrite/visitor.js';
import { type Owner, ownerOf, recipientOf } from './users/owners.js';
import { UserOrder } from './users/user-order.js';
import type { ValueSettings } from './value-settings.js';
import { messageId, type ValueSources } from './value-sources.js';

/** A recorded value that was replaced in a request. */
export interface Substitution {
  /**
   * For example `path 2`, `query cursor`, `cookie sid`, `header authorization`, `form csrf`, `part name`, `json $.id`, `body`.
   */
  readonly place: string;
  readonly recorded: string;
  readonly value: string;
}

/** Maximum number of responses from a pipe whose values are kept. */
const WINDOW = 10_000;
/** Maximum number of these values. */
const MAX_IN_WINDOW = 1_000_000;

/**
 * Carries values over from responses to requests during a replay: if a recorded response issued a value that a later
 * request uses, the value is replaced by the one at the same place of the new response.
 */
export class SessionState {
  private readonly live = new LiveValues();
  private readonly pending = new PendingFlows();
  private readonly settings: ValueSettings;
  private readonly sources: ValueSources;
  private readonly conversations: Conversations;
  private readonly recent: RecentValues | undefined;
  private readonly order = new UserOrder();
  /** The values of the window with their keys (`keyedValue`), by response. */
  private readonly window: string[][] = [];
  private inWindow = 0;
  private responses = 0;
  /** Resolves when all announced flows have been added. */
  private adding: Promise<void> = Promise.resolve();

  /** @param use the values that the capture uses; undefined if it cannot be read in advance */
  constructor(settings: ValueSettings, use?: CapturedValues) {
    this.settings = { ...settings, streamsLarge: use !== undefined };
    this.recent = use ? undefined : new RecentValues(settings);
    this.sources = use ?? this.recent!;
    this.conversations = new Conversations(settings);
  }

  /**
   * Registers a flow, so that other requests can wait for its response. Flows are announced in the order in which they began,
   * each before the next is prepared. `onEnded` must follow.
   */
  onRead(recorded: HttpFlow): void {
    const { recent } = this;
    if (this.sources.isSource(recorded.id)) this.pending.add(recorded.id);
    for (const number of this.sources.messagesOf(recorded.id)) this.pending.add(messageId(recorded.id, number));
    this.order.add(recorded, this.sources.users.of(recorded));
    if (!recent) return;
    this.adding = this.adding.then(() => recent.add(recorded));
    // An error is handled in `prepare`, which may be called later or never.
    this.adding.catch(() => {});
  }

  /**
   * Waits for the responses that a request depends on, and replaces their values in the request.
   * @param request the copy that is sent
   */
  async rewrite(recorded: HttpFlow, request: HttpRequest): Promise<readonly Substitution[]> {
    await this.adding;
    await this.order.before(recorded);
    const messages = this.sources.messagesOf(recorded.id);
    if (messages.size > 0) {
      await this.conversations.begin(recorded, messages, (key, value, time) => this.isWanted(key, value, time));
      // Compressed messages could not be read.
      request.headers.delete('sec-websocket-extensions');
    }
    const hashes = await hashesOfRequest(recorded.request, this.settings);
    for await (const inMessage of hashesOfMessages(recorded, this.settings)) {
      for (const hash of inMessage.hashes) hashes.add(hash);
    }
    if (!this.sources.mayCarryOver(hashes)) return [];
    await this.dependencies(recorded, hashes);
    const substituting = new SubstitutingVisitor(this.live, flowBegan(recorded), () => ownerOf(recorded));
    await rewriteRequest(request, this.settings, substituting, recorded.request.path);
    for (const [key, value] of substituting.used.values()) this.live.use(key, value);
    return substituting.done;
  }

  /** Replaces the values in a client message before it is sent. It does not wait for responses. */
  rewriteMessage(recorded: HttpFlow, message: Message): { content: Buffer; substitutions: readonly Substitution[] } {
    const substituting = new SubstitutingVisitor(this.live, message.timestamp, () => ownerOf(recorded));
    const content = rewriteMessage(message, recorded.request.path, this.settings, substituting);
    for (const [key, value] of substituting.used.values()) this.live.use(key, value);
    return { content, substitutions: substituting.done };
  }

  /** Stores the values of a new message of a WebSocket server. @param number from 1 */
  onServerMessage(recorded: HttpFlow, number: number, content: Buffer): void {
    const found = this.conversations.renewals(recorded, number, content);
    if (found) this.store(found.renewals, found.time, recipientOf(recorded), undefined);
    this.pending.settle(messageId(recorded.id, number));
  }

  /** Waits for the flows whose responses a request depends on. */
  private dependencies(recorded: HttpFlow, hashes: ReadonlySet<number>): Promise<unknown> {
    const began = flowBegan(recorded);
    const ids = new Set<string>();
    for (const hash of hashes) for (const id of this.sources.sourcesBefore(hash, began)) ids.add(id);
    ids.delete(recorded.id);
    for (const number of this.sources.messagesOf(recorded.id)) ids.delete(messageId(recorded.id, number));
    return Promise.all(Array.from(ids, (id) => this.pending.wait(id)));
  }

  /**
   * Stores the values of a new response, and releases the requests that wait for it.
   * @param replayed undefined if the request was not sent
   */
  async onEnded(recorded: HttpFlow, replayed: HttpFlow | undefined): Promise<void> {
    try {
      if (recorded.response && replayed?.response && this.sources.isSource(recorded.id)) {
        await this.storeValues(recorded, replayed);
      }
    } finally {
      this.pending.settle(recorded.id);
      for (const number of this.sources.messagesOf(recorded.id)) this.pending.settle(messageId(recorded.id, number));
      this.conversations.end(recorded);
      this.recent?.remove(recorded.id);
      this.order.end(recorded);
    }
  }

  /**
   * Returns a function that maps a recorded value to the replayed one, for a flow. It also takes the value received in its
   * place, which is preferred.
   */
  carried(recorded: HttpFlow): (value: string, replayed?: string) => string | undefined {
    const time = issuedAt(recorded);
    const owner = ownerOf(recorded);
    return (value, replayed) => this.live.find(value, time, owner, replayed);
  }

  /** Forgets all values, because the next round receives its own. */
  nextRound(): void {
    this.live.clear();
    this.pending.clear();
    this.conversations.clear();
    this.window.length = 0;
    this.inWindow = 0;
  }

  private async storeValues(recorded: HttpFlow, replayed: HttpFlow): Promise<void> {
    const time = issuedAt(recorded);
    const renewals = await findRenewals(recorded, replayed.response!, this.settings, (key, value) =>
      this.isWanted(key, value, time),
    );
    if (renewals.length === 0) return;
    const sent = SAFE.has(recorded.request.method) ? undefined : await hashesOfRequest(recorded.request, this.settings);
    this.store(renewals, time, recipientOf(recorded), sent);
  }

  private isWanted(key: string, value: string, time: number): boolean {
    return this.live.has(key, value) || this.sources.isUsed(hashOf(key, value), time, isRenewed(key));
  }

  /**
   * Stores new values.
   * @param sent hashes of the values of the request, if its response may issue a known value for something new
   */
  private store(renewals: readonly Renewal[], time: number, owner: Owner, sent: ReadonlySet<number> | undefined): void {
    const keyed: string[] = [];
    this.responses++;
    for (const { recorded: old, value, keys } of renewals) {
      for (const [part, newPart] of partsOf(old, value)) this.live.remember(part, { value: newPart, time, owner });
      for (const key of keys) {
        const isKnown = this.live.has(key, old);
        // A response that repeats known values, such as a list, may have them in another order.
        if (isKnown && !isRenewed(key) && (!sent || sent.has(hashOf(key, old)))) continue;
        // An unchanged value is stored under a key, because it may have changed under another one.
        if (this.recent && !isKnown && value === old && key === '') continue;
        this.live.set(key, old, { value, time, owner }, this.sources.usesOf(hashOf(key, old)), this.responses);
        keyed.push(keyedValue(key, old));
      }
    }
    if (this.recent) this.moveWindow(keyed);
  }

  private moveWindow(keyed: string[]): void {
    this.window.push(keyed);
    this.inWindow += keyed.length;
    while (this.window.length > WINDOW || (this.inWindow > MAX_IN_WINDOW && this.window.length > 1)) {
      const oldest = this.window.shift()!;
      const seen = this.responses - this.window.length;
      for (const each of oldest) this.live.drop(each, seen);
      this.inWindow -= oldest.length;
    }
  }
}

/**
 * The words of a value that contains other characters too. Responses may escape it, for example in HTML, where only the words
 * are unchanged.
 */
function partsOf(old: string, value: string): readonly (readonly [string, string])[] {
  const parts = old.match(/[\w.~+-]+/g) ?? [];
  if (parts.length === 0 || parts[0]!.length === old.length) return [];
  const newParts = value.match(/[\w.~+-]+/g) ?? [];
  if (newParts.length !== parts.length) return [];
  return parts.flatMap((part, at) =>
    part.length >= SHORTEST_ANYWHERE && part !== newParts[at] ? [[part, newParts[at]!] as const] : [],
  );
}

/** Replaces the values of a request. */
class SubstitutingVisitor implements ValueVisitor {
  readonly done: Substitution[] = [];
  /** Keys and recorded values, by `keyedValue`. */
  readonly used = new Map<string, readonly [key: string, recorded: string]>();
  private open: { recorded: string; value: string }[] = [];
  private known: Owner | undefined;

  constructor(
    private readonly live: LiveValues,
    private readonly time: number,
    private readonly owner: () => Owner,
  ) {}

  visit(recorded: string, keys: readonly string[]): string | undefined {
    let value: string | undefined;
    // Every key is looked up, because each lookup is a use.
    for (const key of keys) {
      const found = this.lookUp(key, recorded);
      value ??= found;
    }
    if (recorded.length >= SHORTEST_ANYWHERE) {
      const anywhere = this.lookUp('', recorded);
      value ??= anywhere;
    }
    if (value === undefined || value === recorded) return value;
    this.open.push({ recorded, value });
    return value;
  }

  changed(place: string): void {
    for (const { recorded, value } of this.open) this.done.push({ place, recorded, value });
    this.open = [];
  }

  private lookUp(key: string, recorded: string): string | undefined {
    const value = this.live.get(key, recorded, this.time, () => {
      this.known ??= this.owner();
      return this.known;
    });
    if (this.live.has(key, recorded)) this.used.set(keyedValue(key, recorded), [key, recorded]);
    return value;
  }
}
