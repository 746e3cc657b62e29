import type { Flow } from '../../flow/flow.js';
import type { Message, MessageLog } from '../../flow/messagelog.js';
import { DamageError, type DamageLog } from '../damage.js';
import type { ReadJob } from '../format.js';
import type { Input } from '../input.js';
import { MessageCollector } from '../json/decode-messages.js';
import { Fields } from '../json/fields.js';
import { JsonError } from '../json/json-error.js';
import type { LargeValueOptions } from '../json/large-value.js';
import { type LongText, releaseTexts, restoreTexts } from '../json/long-text.js';
import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../json/nesting.js';
import { passBom, passSpace, passValue, readValue } from '../json/value-reader.js';
import { ReadChains } from '../native/certificates.js';
import type { Omissions } from '../omissions.js';
import type { ReadSummary } from '../read-options.js';
import { ForeignConnections } from './entry/foreign-connections.js';
import { settleTexts } from './entry/settle-texts.js';
import { HarLog } from './har-log.js';
import { findEntry } from './har-resync.js';
import { readEntry } from './read-entry.js';
import { readFailure, readMessage } from './read-message.js';

/** Reads the entries of a HAR, one after the other, also of one that was cut off or is damaged. */
export class HarReader {
  private readonly summary: ReadSummary = { flows: 0, recovered: 0, unknown: 0, damaged: 0 };
  private readonly chains = new ReadChains();
  private readonly connections = new ForeignConnections();
  private readonly texts: LongText[] = [];
  private readonly messages: MessageCollector;
  private readonly input: Input;
  private readonly damage: DamageLog;
  private readonly omissions: Omissions;
  private readonly onFlow: ReadJob['onFlow'];
  private readonly options: LargeValueOptions;
  /** How the WebSocket of the entry at hand failed. */
  private failure: string | undefined;
  private harLog = new HarLog();
  /** The flow read last. */
  private held: Flow | undefined;
  /** So many messages of the entry at hand were read. */
  private messageNumber = 0;
  /** What lies before this was read, and is not looked at again. */
  private passed = 0;

  constructor({ input, options, damage, omissions, onFlow }: ReadJob) {
    this.input = input;
    this.damage = damage;
    this.omissions = omissions;
    this.onFlow = onFlow;
    this.messages = new MessageCollector(options.policy, (item) => this.message(item));
    this.options = {
      streamed: ['_webSocketMessages', '_messages'],
      onItem: (_key, item) => this.messages.add(item),
      texts: this.texts,
      onInvalidUtf8: () => omissions.note('notUtf8', 'the entry'),
    };
  }

  async run(): Promise<ReadSummary> {
    const { input, damage, summary } = this;
    await passBom(input);
    try {
      // Files that were joined are read one after the other.
      while ((await passSpace(input)) !== undefined) {
        await this.document();
        await this.release();
      }
    } catch (error) {
      if (!(error instanceof InputEnded)) throw error;
    }
    await this.release();
    damage.check();
    summary.damaged = damage.count;
    return summary;
  }

  private get offset(): number {
    return this.input.start + this.input.at;
  }

  private async document(): Promise<void> {
    this.passed = this.offset + 1;
    this.harLog = new HarLog();
    try {
      await this.members('log', () => this.log());
    } catch (error) {
      await this.recover(this.offset, error, 'the HAR', this.passed);
      // Where in it this is cannot be known: what looks like an entry is one, up to the end.
      do await this.entries();
      while (await findEntry(this.input));
    }
  }

  private log(): Promise<void> {
    return this.members('entries', async () => {
      await this.expect(OPEN_BRACKET);
      return this.entries();
    });
  }

  /**
   * Reads the object at which the input stands.
   * @param wanted the member that matters, which `read` takes
   * @throws JsonError if it is not there, either: a file of which nothing is read must not look like an empty one
   */
  private async members(wanted: string, read: () => Promise<void>): Promise<void> {
    await this.expect(OPEN_BRACE);
    let isThere = false;
    for (;;) {
      const byte = await passSpace(this.input);
      if (byte === CLOSE_BRACE) break;
      if (byte === COMMA) this.input.at++;
      else {
        if (byte !== QUOTE) throw new JsonError('a key is missing', byte === undefined);
        const key = await readValue(this.input, this.options);
        await this.expect(COLON);
        await passSpace(this.input);
        if (key === wanted) await read();
        else if (wanted === 'entries') this.harLog.take(String(key), await this.memberOfLog());
        else await passValue(this.input);
        isThere ||= key === wanted;
      }
    }
    if (!isThere) throw new JsonError(`${wanted} is missing`);
    this.input.at++;
  }

  private async memberOfLog(): Promise<unknown> {
    let value: unknown;
    try {
      value = await readValue(this.input, { ...this.options, streamed: [] });
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      releaseTexts(this.texts, true);
      return passValue(this.input);
    }
    const texts = this.texts.splice(0);
    const restored = texts.length > 0 ? await restoreTexts(value, true) : value;
    releaseTexts(texts, true);
    return restored;
  }

  /** Hands over the flow before, as this may be the last, to which belongs what stands behind the entries. */
  private deliver(flow: Flow): void | Promise<void> {
    this.harLog.mark(flow);
    if (this.input.once || this.harLog.isOwn) return this.onFlow(flow);
    const { held } = this;
    this.held = flow;
    return held && this.onFlow(held);
  }

  private async release(): Promise<void> {
    const { held } = this;
    this.held = undefined;
    if (!held) return;
    this.harLog.markLast(held);
    await this.onFlow(held);
  }

  private async expect(byte: number): Promise<void> {
    const found = await passSpace(this.input);
    if (found !== byte) throw new JsonError(`a ${String.fromCharCode(byte)} is missing`, found === undefined);
    this.input.at++;
  }

  /** Reads entries up to the end of their list. */
  private async entries(): Promise<void> {
    for (;;) {
      const byte = await passSpace(this.input);
      const { offset } = this;
      if (byte === OPEN_BRACE) await this.entry(offset);
      else if (byte === COMMA) this.input.at++;
      else if (byte === CLOSE_BRACKET) break;
      else if (byte !== undefined) await this.recover(offset, new JsonError('it does not begin with a {'), 'the entry');
      else {
        this.damage.report('truncated', offset, 'the end is cut off: the list of entries does not end');
        throw new InputEnded();
      }
      this.damage.check();
    }
    this.input.at++;
  }

  private async entry(offset: number): Promise<void> {
    let value: unknown;
    this.omissions.begin(offset);
    this.messageNumber = 0;
    try {
      value = await readValue(this.input, this.options);
      if (this.texts.length > 0) await settleTexts(value);
    } catch (error) {
      this.messages.clear();
      this.omissions.discard();
      this.failure = undefined;
      releaseTexts(this.texts, true);
      return this.recover(offset, error, 'the entry');
    }
    this.passed = this.offset;
    const flow = await this.decode(value, offset);
    releaseTexts(this.texts, flow === undefined);
    if (!flow) return undefined;
    this.summary.flows++;
    return this.deliver(flow);
  }

  /** @returns undefined if it is none: because it says how the connection failed, or cannot be understood */
  private message(item: unknown): Message | Promise<Message | undefined> | undefined {
    const place = `_webSocketMessages[${this.messageNumber++}]`;
    const leftOut = (error: unknown): undefined => {
      if (!(error instanceof JsonError)) throw error;
      this.omissions.member(place, error.message.replace(`${place} `, ''));
    };
    try {
      const fields = Fields.of(item, place, this.omissions);
      const failure = readFailure(fields);
      this.failure ??= failure;
      if (failure !== undefined) return undefined;
      const message = readMessage(fields);
      return message instanceof Promise ? message.catch(leftOut) : message;
    } catch (error) {
      return leftOut(error);
    }
  }

  /** @returns undefined if it is no flow, which is reported or noted */
  private async decode(value: unknown, offset: number): Promise<Flow | undefined> {
    let messages: MessageLog | undefined;
    try {
      const entry = Fields.of(value, '', this.omissions);
      const own = entry.object('_tsdump');
      const count = own?.size('messageCount') ?? entry.size('_messageCount');
      const size = own?.size('messageSize') ?? entry.size('_messageSize') ?? 0;
      const list = entry.list('_webSocketMessages') ?? entry.list('_messages');
      messages = await this.messages.finish(list, count === undefined ? undefined : { count, size });
      const { failure, chains, omissions } = this;
      const { connections } = this;
      const flow = readEntry(entry, { messages, failure, chains, omissions, connections });
      if (!flow) messages?.release();
      omissions.commit();
      return flow;
    } catch (error) {
      messages?.release();
      this.messages.clear();
      this.omissions.discard();
      if (error instanceof DamageError) releaseTexts(this.texts, true);
      if (!(error instanceof JsonError)) throw error;
      this.damage.report('metadata', offset, `the entry at offset ${offset} cannot be understood: ${error.message}`);
      return undefined;
    } finally {
      this.failure = undefined;
    }
  }

  /**
   * Reports damage and moves to the next entry behind it.
   * @param offset where what is damaged begins
   * @param from where to look for entries; of an input that can be read only once, where it stands if that is behind it
   * @throws InputEnded if there is none
   */
  private async recover(offset: number, error: unknown, what: string, from = offset + 1): Promise<void> {
    if (!(error instanceof JsonError)) throw error;
    const { input, damage } = this;
    if (!input.back(from)) input.at = Math.max(input.at, from - input.start);
    const found = await findEntry(input);
    if (error.cutOff && !found)
      damage.report('truncated', offset, `the end is cut off: ${what} at offset ${offset} is not whole`);
    else damage.report('garbage', offset, `${what} at offset ${offset} is damaged: ${error.message}`);
    if (!found) throw new InputEnded();
  }
}

/** Nothing that could be an entry follows. */
class InputEnded extends Error {}
