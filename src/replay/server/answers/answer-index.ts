import type { FlowPosition } from '../../../serialize/sorted/flow-index.js';
import { KEY_SIZE } from '../key/key-hash.js';
import { SIGNATURE_SIZE, SIGNATURE_WEIGHTS } from '../key/request-key.js';
import { NumberColumn } from './number-column.js';

/**
 * The treatment of a repeated request after its last recorded answer: a miss, the last answer again, or all answers from the
 * first one.
 */
type AfterLast = 'miss' | 'last' | 'first';

export interface SequenceOptions {
  /** Whether a repeated request always gets the first answer. */
  readonly reuse: boolean;
  readonly after: AfterLast;
}

/** What is known of an answer besides its request. */
interface AnswerTraits {
  /** Whether it is only for clients with a copy of the content. */
  readonly notModified?: boolean;
  /** A number that differs for answers that different headers select (`variantOf`). */
  readonly variant?: number;
}

const NONE = -1;
const NO_ENTRIES: readonly number[] = [];
const KEY_WORDS = KEY_SIZE / 2;

/**
 * An index of recorded answers by the key of their request. An entry has the position in the capture, the next answer and the
 * number of uses. Entries are numbers and take about 80 bytes.
 */
export class AnswerIndex {
  size = 0;
  private readonly keys = new NumberColumn(Uint32Array, KEY_WORDS);
  private readonly signatures = new NumberColumn(Uint32Array, SIGNATURE_SIZE);
  private readonly offsets = new NumberColumn(Float64Array);
  private readonly files = new NumberColumn(Uint32Array);
  private readonly uses = new NumberColumn(Uint32Array);
  /** The next answer to the same request. */
  private readonly following = new NumberColumn(Int32Array);
  /** For the first answer to a request: the last answer, and the answer to send next. */
  private readonly last = new NumberColumn(Int32Array);
  private readonly upcoming = new NumberColumn(Int32Array);
  /** Answers that only a client with a copy of the content can use (304). */
  private readonly notModified = new Set<number>();
  /** Those of them that were passed over, by the first answer to their request. */
  private readonly passed = new Map<number, number[]>();
  /** See `AnswerTraits`. */
  private readonly variants = new NumberColumn(Uint32Array);
  /** The first answers to requests whose answers differ in their variant. */
  private readonly varied = new Set<number>();
  /** A hash table of first answers. `NONE` marks a free slot. */
  private slots = new Int32Array(1024).fill(NONE);
  private taken = 0;

  /** Adds an answer. Answers with the same key are used in the order of addition. */
  add(key: string, signature: Uint32Array, { file, offset }: FlowPosition, traits: AnswerTraits = {}): void {
    const { notModified = false, variant = 0 } = traits;
    const entry = this.size++;
    if (notModified) this.notModified.add(entry);
    const { keys, signatures, offsets, files, uses, following, last, upcoming, variants } = this;
    if (NumberColumn.isFull(entry)) {
      for (const column of [keys, signatures, offsets, files, uses, following, last, upcoming, variants]) column.grow();
    }
    for (let word = 0; word < KEY_WORDS; word++) keys.set(entry, wordOf(key, word), word);
    signatures.setAll(entry, signature);
    this.offsets.set(entry, offset);
    this.files.set(entry, file);
    this.following.set(entry, NONE);
    this.variants.set(entry, variant);
    const slot = this.slotOf(key);
    const first = this.slots[slot]!;
    if (first !== NONE) {
      this.following.set(this.last.get(first), entry);
      this.last.set(first, entry);
      if (this.variants.get(first) !== variant) this.varied.add(first);
      return;
    }
    this.slots[slot] = entry;
    this.last.set(entry, entry);
    this.upcoming.set(entry, entry);
    if (++this.taken * 2 > this.slots.length) this.enlarge();
  }

  /** The first answer to a request. */
  find(key: string): number | undefined {
    const first = this.slots[this.slotOf(key)]!;
    return first === NONE ? undefined : first;
  }

  /** Whether headers may decide among the answers to a request. @param first from `find` */
  isVaried(first: number): boolean {
    return this.varied.has(first);
  }

  /** All answers to a request, in their order. @param first from `find` */
  *answersTo(first: number): Generator<number> {
    for (let entry = first; entry !== NONE; entry = this.following.get(entry)) yield entry;
  }

  /**
   * The one of two requests whose next answer was recorded first.
   * @param one, other first answers, from `find`
   */
  earlier(one: number | undefined, other: number | undefined, sequence: SequenceOptions): number | undefined {
    if (one === undefined || other === undefined) return one ?? other;
    const [a, b] = sequence.reuse ? [one, other] : [this.nextTo(one, sequence), this.nextTo(other, sequence)];
    if (a === NONE || b === NONE) return b === NONE ? one : other;
    return a < b ? one : other;
  }

  /**
   * Returns the answer to send, and marks it as used; undefined if all were used.
   * @param first from `find`
   * @param hasCopy whether the client has a copy of the content
   * @param preferred answers that come before the others, in their order
   */
  useNext(
    first: number,
    sequence: SequenceOptions,
    hasCopy = true,
    preferred: readonly number[] = NO_ENTRIES,
  ): number | undefined {
    const { reuse, after } = sequence;
    const best = preferred.length === 0 ? undefined : this.best(preferred, sequence, hasCopy);
    if (best !== undefined) return this.use(best);
    if (reuse) return this.use(this.usable(first, hasCopy));
    const next = this.upcoming.get(first);
    const entry = this.nextTo(first, sequence, hasCopy);
    if (entry !== NONE) {
      // With `first`, they come again.
      if (after !== 'first') this.pass(first, next, entry);
      this.upcoming.set(first, this.following.get(entry));
      return this.use(entry);
    }
    const passed = hasCopy ? this.takePassed(first) : undefined;
    if (passed !== undefined) return this.use(passed);
    if (after === 'miss') return undefined;
    if (after === 'last') return this.use(this.lastUsable(first, hasCopy));
    const again = this.usable(first, hasCopy);
    if (again !== NONE) this.upcoming.set(first, this.following.get(again));
    return this.use(again);
  }

  /** The preferred answer to send, unless all were used and others follow. */
  private best(preferred: readonly number[], { reuse, after }: SequenceOptions, hasCopy: boolean): number | undefined {
    const candidates = hasCopy ? preferred : preferred.filter((entry) => !this.notModified.has(entry));
    if (reuse) return candidates[0];
    const { uses } = this;
    if (after !== 'first') {
      const unused = candidates.find((entry) => uses.get(entry) === 0);
      return unused ?? (after === 'last' ? candidates.at(-1) : undefined);
    }
    let best = candidates[0];
    for (const entry of candidates) if (uses.get(entry) < uses.get(best!)) best = entry;
    return best;
  }

  /** The next answer in the order, without those that were used out of it. */
  private nextTo(first: number, { after }: SequenceOptions, hasCopy = true): number {
    let entry = this.usable(this.upcoming.get(first), hasCopy);
    if (after === 'first' || !this.varied.has(first)) return entry;
    while (entry !== NONE && this.uses.get(entry) > 0) entry = this.usable(this.following.get(entry), hasCopy);
    return entry;
  }

  private use(entry: number): number | undefined {
    if (entry === NONE) return undefined;
    this.uses.set(entry, this.uses.get(entry) + 1);
    return entry;
  }

  /** Notes the answers from one to another, which later clients with a copy can use. */
  private pass(first: number, from: number, to: number): void {
    for (let entry = from; entry !== to; entry = this.following.get(entry)) {
      if (this.uses.get(entry) > 0) continue;
      const passed = this.passed.get(first);
      if (passed) passed.push(entry);
      else this.passed.set(first, [entry]);
    }
  }

  /** The first answer that was passed over and not used since. */
  private takePassed(first: number): number | undefined {
    const passed = this.passed.get(first);
    let entry = passed?.shift();
    while (entry !== undefined && this.uses.get(entry) > 0) entry = passed!.shift();
    return entry;
  }

  /** The number of answers to a request. @param hasCopy as for `useNext` */
  count(first: number, hasCopy = true): number {
    let count = 0;
    for (let entry = this.usable(first, hasCopy); entry !== NONE; count++) {
      entry = this.usable(this.following.get(entry), hasCopy);
    }
    return count;
  }

  private lastUsable(first: number, hasCopy: boolean): number {
    const last = this.last.get(first);
    if (this.usable(last, hasCopy) === last) return last;
    let found = NONE;
    for (let entry = this.usable(first, hasCopy); entry !== NONE; ) {
      found = entry;
      entry = this.usable(this.following.get(entry), hasCopy);
    }
    return found;
  }

  /** This answer, or the first one behind it that the client can use. */
  private usable(entry: number, hasCopy: boolean): number {
    if (hasCopy || this.notModified.size === 0) return entry;
    let found = entry;
    while (found !== NONE && this.notModified.has(found)) found = this.following.get(found);
    return found;
  }

  placeOf(entry: number): FlowPosition {
    return { file: this.files.get(entry), offset: this.offsets.get(entry) };
  }

  /** The answers that were never sent. @param reuse whether later answers to the same request are left out */
  *unused(reuse: boolean): Generator<number> {
    for (let entry = 0; entry < this.size; entry++) {
      if (this.uses.get(entry) > 0 || (reuse && (!this.isFirst(entry) || this.isAnyUsed(entry)))) continue;
      yield entry;
    }
  }

  /** Finds at most `limit` answers before `end` whose requests are the most similar to one with this signature. */
  closest(signature: Uint32Array, limit: number, end = this.size): number[] {
    let best = 0;
    let found: number[] = [];
    for (let entry = 0; entry < end; entry++) {
      let score = 0;
      for (let at = 0; at < SIGNATURE_SIZE; at++) {
        if (this.signatures.get(entry, at) === signature[at]) score += SIGNATURE_WEIGHTS[at]!;
      }
      if (score > best) {
        best = score;
        found = [];
      }
      if (score === best && found.length < limit) found.push(entry);
    }
    return found;
  }

  private isAnyUsed(first: number): boolean {
    for (const entry of this.answersTo(first)) if (this.uses.get(entry) > 0) return true;
    return false;
  }

  private isFirst(entry: number): boolean {
    return this.slots[this.slotWhere((other) => this.sameKey(entry, other), this.keys.get(entry))] === entry;
  }

  private sameKey(one: number, other: number): boolean {
    for (let word = 0; word < KEY_WORDS; word++) {
      if (this.keys.get(one, word) !== this.keys.get(other, word)) return false;
    }
    return true;
  }

  private slotOf(key: string): number {
    const isSame = (entry: number): boolean => {
      for (let word = 0; word < KEY_WORDS; word++) if (this.keys.get(entry, word) !== wordOf(key, word)) return false;
      return true;
    };
    return this.slotWhere(isSame, wordOf(key, 0));
  }

  /** The slot of an entry, or the free slot where it would be added. @param start first word of its key */
  private slotWhere(isIt: (entry: number) => boolean, start: number): number {
    const mask = this.slots.length - 1;
    for (let slot = start & mask; ; slot = (slot + 1) & mask) {
      const entry = this.slots[slot]!;
      if (entry === NONE || isIt(entry)) return slot;
    }
  }

  private enlarge(): void {
    const old = this.slots;
    this.slots = new Int32Array(old.length * 2).fill(NONE);
    for (const entry of old) {
      if (entry === NONE) continue;
      const slot = this.slotWhere(() => false, this.keys.get(entry));
      this.slots[slot] = entry;
    }
  }
}

/** Two code units of a key as a number. */
function wordOf(key: string, word: number): number {
  return (key.charCodeAt(word * 2) | (key.charCodeAt(word * 2 + 1) << 16)) >>> 0;
}
