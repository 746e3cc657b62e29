import { isUtf8 } from 'node:buffer';
import type { Flow } from '../../flow/flow.js';
import type { MessageLog } from '../../flow/message-log/message-log.js';
import type { ReadJob } from '../format.js';
import type { DamageLog } from '../input/damage.js';
import type { Input } from '../input/input.js';
import type { ReadSummary } from '../input/read-options.js';
import { checkCodedBody, memberOf } from '../json/coded-body.js';
import { Fields } from '../json/fields.js';
import { decodeFlow } from '../json/flow.js';
import { decodeMessageItem, MessageCollector } from '../json/messages.js';
import { describeForeign, firstKeys } from '../json/text/foreign-object.js';
import { JsonError, parseJson } from '../json/text/json-error.js';
import { LargeValueReader } from '../json/text/large-value.js';
import { type LongText, releaseTexts, restoreTexts } from '../json/text/long-text.js';
import { isSpace, NEWLINE } from '../json/text/nesting.js';
import { readValue, SMALL_VALUE, skipByteOrderMark } from '../json/text/value-reader.js';
import { ReadChains } from '../shared/certificates.js';
import type { Omissions } from '../shared/omissions.js';

/** Reads JSON Lines. Lines that are not flows are reported and skipped. */
export class LineReader {
  private readonly summary: ReadSummary = { flows: 0, recovered: 0, unknown: 0, damaged: 0 };
  private readonly chains = new ReadChains();
  private readonly messages: MessageCollector;
  private readonly input: Input;
  private readonly damage: DamageLog;
  private readonly omissions: Omissions;
  private readonly onFlow: ReadJob['onFlow'];
  /** Whether the previous line was not a flow: only the first of consecutive ones is reported. */
  private inDamage = false;
  /** Description of the first object, if it is not a flow. */
  private foreign: string | undefined;

  constructor({ input, options, damage, omissions, onFlow }: ReadJob) {
    this.omissions = omissions;
    this.input = input;
    this.damage = damage;
    this.onFlow = onFlow;
    this.messages = new MessageCollector(options.policy, decodeMessageItem);
  }

  async run(): Promise<ReadSummary> {
    const { input, damage, summary } = this;
    await skipByteOrderMark(input);
    this.foreign = describeForeign(firstKeys(input.buffer.subarray(input.at)));
    for (;;) {
      let end = input.buffer.indexOf(NEWLINE, input.at);
      if (end < 0) end = await this.lineEnd();
      const ended = end === input.buffer.length;
      if (ended && input.at === end) break;
      const pending = end < 0 ? this.readLarge(true) : this.read(end, ended);
      if (pending) await pending;
      damage.check();
    }
    summary.damaged = damage.count;
    return summary;
  }

  /** @returns the end of the line or of the input in the window; -1 if the line is large */
  private async lineEnd(): Promise<number> {
    const { input } = this;
    for (let available = input.buffer.length - input.at; available < SMALL_VALUE; ) {
      const before = available;
      available = await input.fill(before + 1);
      const end = input.buffer.indexOf(NEWLINE, input.at + before);
      if (end >= 0) return end;
      if (available <= before) return input.buffer.length;
    }
    return -1;
  }

  /** Reads a line in the window. @param ended whether no line feed follows */
  private read(end: number, ended: boolean): void | Promise<void> {
    const { input } = this;
    const offset = input.start + input.at;
    const text = input.buffer.toString('utf8', input.at, end);
    if (text.trim() === '{') return this.readLarge(false);
    const bytes = input.buffer.subarray(input.at, end);
    input.at = ended ? end : end + 1;
    if (text.trim() === '') return undefined;
    if (text.includes('\ufffd') && !isUtf8(bytes)) this.notUtf8(offset);
    let value: unknown;
    try {
      value = parseJson(text);
    } catch (error) {
      return this.refuse(offset, error, ended);
    }
    return this.finish(value, offset);
  }

  /**
   * Reads a flow that need not fit into memory.
   * @param oneLine false if the value may span several lines, as jq writes it without -c
   */
  private async readLarge(oneLine: boolean): Promise<void> {
    const { input } = this;
    const offset = input.start + input.at;
    const onItem = (_key: string, item: unknown): void | Promise<void> => this.messages.add(item);
    const texts: LongText[] = [];
    let value: unknown;
    try {
      while (isSpace(input.buffer[input.at]!)) input.at++;
      const onInvalidUtf8 = () => this.notUtf8(offset);
      const options = { streamed: ['messages'], onItem, texts, oneLine, onInvalidUtf8 };
      value = await (oneLine
        ? new LargeValueReader(input, options).read().then((read) => restoreTexts(read))
        : readValue(input, options));
      if (texts.length > 0) await checkCodedBodies(value);
      if (!(await this.skipLine())) throw new JsonError('more data follows the flow on the line');
    } catch (error) {
      releaseTexts(texts, true);
      this.messages.clear();
      await this.skipLine();
      return this.refuse(offset, error, error instanceof JsonError && error.cutOff);
    }
    const flow = await this.decode(value, offset);
    releaseTexts(texts, flow === undefined);
    if (flow) await this.deliver(flow);
  }

  /** Moves to the next line. @returns whether the rest of the line was only white space */
  private async skipLine(): Promise<boolean> {
    const { input } = this;
    for (let blank = true; ; ) {
      if (input.at >= input.buffer.length && (await input.fill(1)) === 0) return blank;
      const end = input.buffer.indexOf(NEWLINE, input.at);
      const rest = input.buffer.subarray(input.at, end < 0 ? input.buffer.length : end);
      blank &&= rest.every(isSpace);
      input.at += rest.length;
      if (end < 0) continue;
      input.at++;
      return blank;
    }
  }

  private finish(value: unknown, offset: number): void | Promise<void> {
    const flow = this.decode(value, offset);
    if (flow instanceof Promise) return flow.then((one) => one && this.deliver(one));
    return flow && this.deliver(flow);
  }

  /** @returns undefined if the line is not a flow, which is reported */
  private decode(value: unknown, offset: number): Flow | undefined | Promise<Flow | undefined> {
    try {
      const fields = Fields.of(value);
      const hasMessages = fields.any('messages') !== undefined || fields.any('messageCount') !== undefined;
      return hasMessages ? this.decodeWithMessages(fields, offset) : decodeFlow(fields, undefined, this.chains);
    } catch (error) {
      this.refuse(offset, error, false);
      return undefined;
    }
  }

  private async decodeWithMessages(fields: Fields, offset: number): Promise<Flow | undefined> {
    let messages: MessageLog | undefined;
    try {
      const count = fields.size('messageCount');
      const counts = count === undefined ? undefined : { count, size: fields.size('messageSize') ?? 0 };
      messages = await this.messages.finish(fields.list('messages'), counts);
      return decodeFlow(fields, messages, this.chains);
    } catch (error) {
      messages?.release();
      this.messages.clear();
      this.refuse(offset, error, false);
      return undefined;
    }
  }

  /** Notes invalid UTF-8, which was replaced by U+FFFD. */
  private notUtf8(offset: number): void {
    this.omissions.begin(offset, 'line');
    this.omissions.note('notUtf8', 'the line');
    this.omissions.commit();
  }

  private deliver(flow: Flow): void | Promise<void> {
    this.inDamage = false;
    this.summary.flows++;
    return this.onFlow(flow);
  }

  private refuse(offset: number, error: unknown, cutOff: boolean): void {
    if (!(error instanceof JsonError)) throw error;
    const again = this.inDamage;
    this.inDamage = true;
    if (cutOff) {
      return this.damage.report('truncated', offset, `the end is cut off: the line at offset ${offset} is incomplete`);
    }
    if (again) {
      this.damage.count++;
      return undefined;
    }
    const isFirst = this.summary.flows === 0 && this.damage.count === 0;
    const reason = isFirst && this.foreign ? this.foreign : error.message;
    return this.damage.report('metadata', offset, `the line at offset ${offset} is not a flow: ${reason}`);
  }
}

/** Compares encoded bodies that are too long for memory with the content they should decode to. */
async function checkCodedBodies(flow: unknown): Promise<void> {
  for (const key of ['request', 'response']) {
    const message = memberOf(flow, key);
    const base64 = memberOf(message, 'bodyBase64');
    const content = base64 ?? memberOf(message, 'body');
    await checkCodedBody(message, memberOf(message, 'headers'), content, base64 !== undefined);
  }
}
