import type { Flow } from '../../flow/flow.js';
import type { Message, MessageLog } from '../../flow/message-log/message-log.js';
import type { ReadJob } from '../format.js';
import { DamageError, type DamageLog } from '../input/damage.js';
import type { Input } from '../input/input.js';
import { Fields } from '../json/fields.js';
import { MessageCollector } from '../json/messages.js';
import { JsonError } from '../json/text/json-error.js';
import type { LargeValueOptions } from '../json/text/large-value.js';
import { type LongText, releaseTexts } from '../json/text/long-text.js';
import { readValue } from '../json/text/value-reader.js';
import { ReadChains } from '../shared/certificates.js';
import type { Omissions } from '../shared/omissions.js';
import { ForeignConnections } from './entry/foreign-connections.js';
import { settleTexts } from './entry/settle-texts.js';
import { readFailure, readMessage } from './message/read-message.js';
import { readEntry } from './read-entry.js';

/** Reads the entries of a HAR one by one, with their messages and long texts. */
export class EntryReader {
  private readonly chains = new ReadChains();
  private readonly connections = new ForeignConnections();
  private readonly texts: LongText[] = [];
  private readonly messages: MessageCollector;
  private readonly input: Input;
  private readonly damage: DamageLog;
  private readonly omissions: Omissions;
  private readonly options: LargeValueOptions;
  /** The failure of the WebSocket of the current entry. */
  private failure: string | undefined;
  /** Number of messages of the current entry read so far. */
  private messageNumber = 0;

  constructor({ input, options, damage, omissions }: ReadJob) {
    this.input = input;
    this.damage = damage;
    this.omissions = omissions;
    this.messages = new MessageCollector(options.policy, (item) => this.message(item));
    this.options = {
      streamed: ['_webSocketMessages', '_messages'],
      onItem: (_key, item) => this.messages.add(item),
      texts: this.texts,
      onInvalidUtf8: () => omissions.note('notUtf8', 'the entry'),
    };
  }

  /**
   * Reads the value at the input's position, and moves past it.
   * @param offset of the entry
   * @returns a promise only if the entry extends beyond the window
   * @throws JsonError if it is damaged
   */
  value(offset: number): unknown | Promise<unknown> {
    this.omissions.begin(offset);
    this.messageNumber = 0;
    try {
      const value = readValue(this.input, this.options);
      return value instanceof Promise ? this.settle(value) : value;
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  private async settle(pending: Promise<unknown>): Promise<unknown> {
    try {
      const value = await pending;
      if (this.texts.length > 0) await settleTexts(value);
      return value;
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  private forget(): void {
    this.messages.clear();
    this.omissions.discard();
    this.failure = undefined;
    releaseTexts(this.texts, true);
  }

  /**
   * The flow of an entry.
   * @returns undefined if it is not a flow, which is reported or noted; a promise only for an entry with messages
   */
  flow(value: unknown, offset: number): Flow | undefined | Promise<Flow | undefined> {
    let messages: MessageLog | undefined;
    try {
      const entry = Fields.of(value, '', this.omissions);
      const own = entry.object('_tsdump');
      const count = own?.size('messageCount') ?? entry.size('_messageCount');
      const size = own?.size('messageSize') ?? entry.size('_messageSize') ?? 0;
      const list = entry.list('_webSocketMessages') ?? entry.list('_messages');
      const found = this.messages.finish(list, count === undefined ? undefined : { count, size });
      if (found instanceof Promise) return this.flowLater(entry, found, offset);
      messages = found;
      return this.made(entry, messages);
    } catch (error) {
      return this.reject(error, messages, offset);
    }
  }

  private async flowLater(
    entry: Fields,
    pending: Promise<MessageLog | undefined>,
    offset: number,
  ): Promise<Flow | undefined> {
    let messages: MessageLog | undefined;
    try {
      messages = await pending;
      return this.made(entry, messages);
    } catch (error) {
      return this.reject(error, messages, offset);
    }
  }

  private made(entry: Fields, messages: MessageLog | undefined): Flow | undefined {
    const { failure, chains, omissions, connections } = this;
    const flow = readEntry(entry, { messages, failure, chains, omissions, connections });
    if (!flow) messages?.release();
    omissions.commit();
    this.failure = undefined;
    releaseTexts(this.texts, flow === undefined);
    return flow;
  }

  private reject(error: unknown, messages: MessageLog | undefined, offset: number): undefined {
    messages?.release();
    this.messages.clear();
    this.omissions.discard();
    this.failure = undefined;
    if (error instanceof DamageError || error instanceof JsonError) releaseTexts(this.texts, true);
    if (!(error instanceof JsonError)) throw error;
    this.damage.report('metadata', offset, `the entry at offset ${offset} is invalid: ${error.message}`);
  }

  /** @returns undefined if the item is not a message: it describes a failed connection, or is invalid */
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
}
