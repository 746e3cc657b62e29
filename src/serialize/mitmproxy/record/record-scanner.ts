import { ByteLog } from '../../../flow/body/byte-log.js';
import type { SpoolPolicy } from '../../../flow/body/spool-policy.js';
import type { Input } from '../../input/input.js';
import { Slab } from '../../shared/slab.js';
import { StringCache } from '../../shared/string-cache.js';
import { type Omitted, RecordOutline } from '../tnetstring/record-outline.js';
import { LONGEST_PREFIX, type Prefix, readPrefix, TAG, TnetstringError } from '../tnetstring/tnetstring.js';
import { MessagesInFile, readMessages } from './message-items.js';

/** Payloads up to this size stay in the outline. */
const INLINE = 1024;
/** Unused payloads are omitted only above this size, so that most records can be copied. */
const INLINE_UNUSED = 64 * 1024;
/** Maximum size of an outline. */
const LARGEST = 64 * 1024 * 1024;
/**
 * Two bodies, two lists of messages and the backup can be omitted. The decoder searches the omitted payloads for each
 * item.
 */
const MAX_HOLES = 8;
/** Maximum bytes of an entry's key and the length of its value. */
const ENTRY = 64;

/** The scanner's position: in the record itself, in a message, or in the data of a WebSocket connection. */
type DictionaryKind = 'record' | 'request' | 'response' | 'websocket';

/** The input ends within the record. */
export class CutOffError extends TnetstringError {}

export interface ScannerOptions {
  policy: SpoolPolicy;
  /** Whether bodies of an input that can be read only once may be needed. */
  keeps: boolean;
}

/**
 * Reads records without their potentially large payloads. The type of an item comes after it, so such a payload is
 * recognised by its key.
 */
export class RecordScanner {
  private readonly slab = new Slab();
  private readonly prefix: Prefix = { start: 0, length: 0 };
  private readonly keys = new StringCache(256);
  private chunks: Buffer[] = [];
  /** Bytes in the chunks. */
  private copied = 0;
  /** Offset in the window of the bytes that are not in the chunks yet. */
  private pending = 0;
  private holes: Omitted[] = [];

  constructor(
    private readonly input: Input,
    private readonly options: ScannerOptions,
  ) {}

  /**
   * Reads the record at the input's position, and moves past it.
   * @throws TnetstringError if it is invalid
   * @throws CutOffError if the input ends first
   */
  async scan(): Promise<RecordOutline> {
    const { input } = this;
    const offset = input.start + input.at;
    this.chunks = [];
    this.copied = 0;
    this.holes = [];
    this.pending = input.at;
    try {
      if (this.available < LONGEST_PREFIX) await this.more(LONGEST_PREFIX);
      const length = this.takePrefix(Number.POSITIVE_INFINITY);
      await this.dictionary(this.position + length, 'record');
      return this.finish(offset);
    } catch (error) {
      new RecordOutline(EMPTY, 0, 0, this.holes, offset).release();
      throw error;
    }
  }

  /** Reads entries and the following type. @param end of the payload in the input */
  private async dictionary(end: number, kind: DictionaryKind): Promise<void> {
    while (this.position < end) {
      if (this.available < ENTRY) await this.need(ENTRY, end);
      const key = this.takeKey(end);
      if (this.available < LONGEST_PREFIX) await this.need(LONGEST_PREFIX, end);
      const length = this.takePrefix(end);
      const inner = innerKind(kind, key);
      if (inner && length > 0) await this.dictionary(this.position + length, inner);
      else if (length > INLINE && isContent(kind, key)) await this.cut(length, 'body');
      else if (length > INLINE && isMessages(kind, key)) await this.cut(length, 'messages');
      else if (length > INLINE_UNUSED && kind === 'record' && key === 'backup') await this.cut(length, 'unused');
      else {
        // Most records are in the window as a whole; a promise for each entry would cost more than the entry.
        const passing = this.pass(length + 1);
        if (passing) await passing;
      }
    }
    if (this.position !== end) throw new TnetstringError('an item exceeds its container');
    if (this.available < 1) await this.more(1);
    if (this.input.buffer[this.input.at] !== TAG.dictionary) throw new TnetstringError('not a dictionary');
    this.input.at++;
  }

  /** Moves past the key of an entry. @returns the key if it is short */
  private takeKey(end: number): string {
    const { input } = this;
    const length = this.takePrefix(end);
    const { at, buffer } = input;
    if (length > ENTRY - LONGEST_PREFIX) throw new TnetstringError('key too long');
    if (buffer.length - at < length + 1) throw new CutOffError('the end is cut off');
    const tag = buffer[at + length];
    if (tag !== TAG.text && tag !== TAG.bytes) throw new TnetstringError('not a key');
    input.at += length + 1;
    return this.keys.get(buffer, at, at + length);
  }

  /** Moves to the payload of an item. @returns its length @throws TnetstringError if it does not end before `end` */
  private takePrefix(end: number): number {
    const { input, prefix } = this;
    if (!readPrefix(input.buffer, input.at, input.buffer.length, prefix)) {
      if (this.available < LONGEST_PREFIX && this.position + this.available < end)
        throw new CutOffError('the end is cut off');
      throw new TnetstringError('missing length');
    }
    input.at = prefix.start;
    if (this.position + prefix.length >= end) throw new TnetstringError('a length exceeds its container');
    return prefix.length;
  }

  /** Copies this many bytes to the outline. @returns a promise only if they are not in the window */
  private pass(bytes: number): void | Promise<void> {
    const { input } = this;
    if (this.copied + (input.at - this.pending) + bytes > LARGEST) {
      throw new TnetstringError('the record is too large for memory');
    }
    if (this.available < bytes) return this.skipSlowly(bytes);
    input.at += bytes;
    return undefined;
  }

  private async skipSlowly(bytes: number): Promise<void> {
    const { input } = this;
    for (let left = bytes; left > 0; ) {
      if (this.available === 0) await this.more(1);
      const step = Math.min(left, this.available);
      if (step === 0) throw new CutOffError('the end is cut off');
      input.at += step;
      left -= step;
    }
  }

  /** Omits a payload, and reads the following type. */
  private async cut(length: number, kind: 'body' | 'messages' | 'unused'): Promise<void> {
    const { input, options } = this;
    if (this.holes.length === MAX_HOLES) throw new TnetstringError('a key occurs too often');
    this.flush();
    const at = this.copied;
    const offset = this.position;
    if (kind === 'messages') await this.cutMessages(at, offset, length);
    else {
      const wanted = kind === 'body' && (!input.once || options.keeps);
      const raw = wanted ? input.body(offset, length) : undefined;
      this.holes.push({ at, length, raw, messages: undefined });
      if (!(await input.take(length, raw instanceof ByteLog ? raw : undefined)))
        throw new CutOffError('the end is cut off');
    }
    this.pending = input.at;
    if (this.available < 1) await this.more(1);
    if (this.available < 1) throw new CutOffError('the end is cut off');
    input.at++;
  }

  private async cutMessages(at: number, offset: number, length: number): Promise<void> {
    const { input, options } = this;
    const messages = await readMessages(input, length, input.once && options.keeps ? options.policy : undefined);
    const raw = input.once ? undefined : input.body(offset, length);
    if (raw) messages.log = new MessagesInFile(raw, messages, options.policy);
    this.holes.push({ at, length, raw, messages });
  }

  /**
   * Like `more`, but does not wait for a byte after the type of a dictionary: it may be the last one for a long time.
   */
  private async need(bytes: number, end: number): Promise<void> {
    const wanted = Math.min(bytes, end + 1 - this.position);
    if (this.available < wanted) await this.more(wanted);
  }

  /** Moves the window so that this many bytes can be read, or all remaining ones. */
  private async more(bytes: number): Promise<void> {
    this.flush();
    await this.input.fill(bytes);
    this.pending = this.input.at;
  }

  private flush(): void {
    const { input } = this;
    if (input.at <= this.pending) return;
    this.chunks.push(Buffer.from(input.buffer.subarray(this.pending, input.at)));
    this.copied += input.at - this.pending;
    this.pending = input.at;
  }

  private finish(offset: number): RecordOutline {
    const { input, slab } = this;
    let start: number;
    let length = input.at - this.pending;
    if (this.chunks.length === 0) start = slab.copy(input.buffer, this.pending, length);
    else {
      this.flush();
      length = this.copied;
      start = slab.copy(Buffer.concat(this.chunks), 0, length);
      this.chunks = [];
    }
    const holes = this.holes.map((hole) => ({ ...hole, at: hole.at + start }));
    return new RecordOutline(slab.bytes, start, start + length, holes, offset);
  }

  private get position(): number {
    return this.input.start + this.input.at;
  }

  private get available(): number {
    return this.input.buffer.length - this.input.at;
  }
}

function innerKind(kind: DictionaryKind, key: string): DictionaryKind | undefined {
  if (kind !== 'record') return undefined;
  return key === 'request' || key === 'response' || key === 'websocket' ? key : undefined;
}

function isContent(kind: DictionaryKind, key: string): boolean {
  // `body` in versions 0.14 and 0.15.
  return (key === 'content' || key === 'body') && (kind === 'request' || kind === 'response');
}

function isMessages(kind: DictionaryKind, key: string): boolean {
  return key === 'messages' && (kind === 'record' || kind === 'websocket');
}

const EMPTY = Buffer.alloc(0);
