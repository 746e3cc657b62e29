import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { ByteLog } from '../../../flow/body/byte-log.js';
import { COMMA, DQUOTE } from '../../../flow/text/ascii.js';
import type { Input } from '../../input/input.js';
import { ByteBuilder } from './byte-builder.js';
import { JsonError, parseJson } from './json-error.js';
import { LongText, Measure } from './long-text.js';
import { CLOSE_BRACKET, closingQuote, NEWLINE, Nesting, OPEN_BRACE, OPEN_BRACKET } from './nesting.js';

/** Longer strings are kept outside memory. */
const LONG_STRING = 256 * 1024;
/** Limit for the rest of a value; V8 strings are limited to 512 MiB. */
const VALUE_LIMIT = 256 * 1024 * 1024;
const QUOTE_BYTE = Buffer.of(DQUOTE);

export interface LargeValueOptions {
  /** Keys whose lists are passed on item by item. In the value itself the lists are empty. */
  streamed: readonly string[];
  /** Receives an item of such a list. */
  onItem: (key: string, item: unknown) => void | Promise<void>;
  /** Collects the long strings of the value. The reader of the value releases unused ones. */
  texts: LongText[];
  /** Called if the value contains invalid UTF-8, which is replaced by U+FFFD. Long strings keep their bytes. */
  onInvalidUtf8?: () => void;
  /** Whether a line feed ends the value, as in JSON Lines, instead of being white space. */
  oneLine?: boolean;
}

/**
 * Reads a value that need not fit into memory, in one pass. Long strings stay outside memory, and long lists are passed
 * on item by item. The rest, the skeleton, is parsed.
 */
export class LargeValueReader {
  private readonly nesting = new Nesting();
  private readonly skeleton = new ByteBuilder();
  /** Placeholder of a long string in the skeleton, followed by its number. */
  private readonly mark = randomUUID();
  /** At depth 1: whether the next string is a key, and the last key. */
  private keyComes = false;
  private key = '';
  /** Offset of the current item of a streamed list in the skeleton. */
  private item: number | undefined;

  constructor(
    private readonly input: Input,
    private readonly options: LargeValueOptions,
  ) {}

  /**
   * Reads the value at the input's position, and moves past it.
   * @returns the object or list; strings may be `LongText`
   * @throws JsonError; the input stays where the damage was detected
   */
  async read(): Promise<unknown> {
    const { input } = this;
    do {
      if (input.at >= input.buffer.length) await this.more();
      const byte = input.buffer[input.at]!;
      const pending = byte === DQUOTE ? this.string() : this.structural(byte);
      if (pending) await pending;
    } while (this.nesting.depth > 0);
    return this.parse(this.skeleton.takeFrom(0));
  }

  private structural(byte: number): void | Promise<void> {
    const { nesting, skeleton } = this;
    if (byte === NEWLINE && this.options.oneLine) throw new JsonError('the line ends inside a value');
    nesting.take(byte);
    this.input.at++;
    const { depth } = nesting;
    if (this.item !== undefined && ((byte === COMMA && depth === 2) || (byte === CLOSE_BRACKET && depth === 1))) {
      return this.endItem(byte);
    }
    if ((byte === OPEN_BRACE || byte === COMMA) && depth === 1) this.keyComes = true;
    skeleton.addByte(byte);
    if (skeleton.length > VALUE_LIMIT) throw new JsonError('the value is too large');
    if (byte === OPEN_BRACKET && depth === 2 && this.options.streamed.includes(this.key)) this.item = skeleton.length;
    return undefined;
  }

  private endItem(byte: number): void | Promise<void> {
    const bytes = this.skeleton.takeFrom(this.item!);
    const item = bytes.toString('latin1').trim() === '' ? undefined : this.parse(bytes);
    if (byte === CLOSE_BRACKET) {
      this.item = undefined;
      this.skeleton.addByte(byte);
    }
    return item === undefined ? undefined : this.options.onItem(this.key, item);
  }

  private string(): void | Promise<void> {
    const { input, skeleton } = this;
    const start = input.at;
    const end = closingQuote(input.buffer, start + 1);
    if (end >= input.buffer.length || end - start > LONG_STRING) return this.longString();
    skeleton.add(input.buffer.subarray(start, end + 1));
    input.at = end + 1;
    this.endString(skeleton.length - (end + 1 - start));
    return undefined;
  }

  private endString(start: number): void {
    if (this.nesting.depth !== 1 || !this.keyComes) return;
    this.keyComes = false;
    this.key = parseJson(this.skeleton.text(start)) as string;
  }

  /** Reads a string that extends beyond the window, and may be long. */
  private async longString(): Promise<void> {
    const { input, skeleton } = this;
    const begin = skeleton.length;
    const long = new LongString(input, input.start + input.at + 1);
    skeleton.add(QUOTE_BYTE);
    input.at++;
    try {
      await this.skipString(long, begin);
    } catch (error) {
      long.release();
      throw error;
    }
    this.endString(begin);
  }

  private async skipString(long: LongString, begin: number): Promise<void> {
    const { input, skeleton } = this;
    const { texts } = this.options;
    for (let escaped = false; ; ) {
      if (input.at >= input.buffer.length) await this.more();
      const from = input.at;
      const end = closingQuote(input.buffer, escaped ? from + 1 : from);
      escaped = end > input.buffer.length;
      const closed = end < input.buffer.length;
      const piece = input.buffer.subarray(from, end);
      input.at = Math.min(end, input.buffer.length) + (closed ? 1 : 0);
      if (!long.begun && skeleton.length + piece.length - begin > LONG_STRING) {
        await long.add(Buffer.from(skeleton.takeFrom(begin).subarray(1)));
      }
      if (long.begun) await long.add(piece);
      else skeleton.add(piece);
      if (closed) break;
    }
    if (long.begun) {
      skeleton.add(Buffer.from(`"${this.mark}${texts.length}"`));
      texts.push(long.end());
    } else skeleton.add(QUOTE_BYTE);
  }

  private async more(): Promise<void> {
    if ((await this.input.fill(1)) === 0) throw new JsonError('the end is cut off', true);
  }

  private parse(bytes: Buffer): unknown {
    const text = bytes.toString('utf8');
    const { texts } = this.options;
    if (text.includes('\ufffd') && !isUtf8(bytes)) this.options.onInvalidUtf8?.();
    if (texts.length === 0) return parseJson(text);
    const { mark } = this;
    return parseJson(text, (_key, value: unknown) =>
      typeof value === 'string' && value.startsWith(mark) ? texts[Number(value.slice(mark.length))] : value,
    );
  }
}

/** The state of a long string during one pass. */
class LongString {
  /** Whether the string is known to be long, so that its bytes are kept here instead of in the skeleton. */
  begun = false;
  private readonly measure = new Measure();
  /** Its bytes, if the input can be read only once. */
  private readonly log: ByteLog | undefined;
  private size = 0;

  constructor(
    private readonly input: Input,
    private readonly offset: number,
  ) {
    const log = input.once ? input.body(offset, 0) : undefined;
    this.log = log instanceof ByteLog ? log : undefined;
  }

  release(): void {
    this.log?.release();
  }

  async add(piece: Buffer): Promise<void> {
    this.begun = true;
    this.measure.push(piece);
    this.size += piece.length;
    if (this.log && piece.length > 0 && !this.log.append(piece)) await this.log.drained();
  }

  end(): LongText {
    this.measure.push(Buffer.alloc(0), true);
    return new LongText(this.log ?? this.input.body(this.offset, this.size), this.measure);
  }
}
