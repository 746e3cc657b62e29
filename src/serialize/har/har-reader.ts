import type { Flow } from '../../flow/flow.js';
import { COLON, COMMA, DQUOTE } from '../../flow/text/ascii.js';
import type { ReadJob } from '../format.js';
import type { DamageLog } from '../input/damage.js';
import type { Input } from '../input/input.js';
import type { ReadSummary } from '../input/read-options.js';
import { JsonError } from '../json/text/json-error.js';
import { type LongText, releaseTexts, restoreTexts } from '../json/text/long-text.js';
import { CLOSE_BRACE, CLOSE_BRACKET, isSpace, OPEN_BRACE, OPEN_BRACKET } from '../json/text/nesting.js';
import { readValue, skipByteOrderMark, skipSpace, skipValue } from '../json/text/value-reader.js';
import type { Omissions } from '../shared/omissions.js';
import { EntryReader } from './entry-reader.js';
import { HarLog } from './har-log.js';
import { findEntry } from './har-resync.js';

/** Maximum bytes of a member of the log: it is held in memory and stored in a flow. */
const MEMBER_LIMIT = 16 * 1024 * 1024;

/** Reads the entries of a HAR one by one, also of a truncated or damaged file. */
export class HarReader {
  private readonly summary: ReadSummary = { flows: 0, recovered: 0, unknown: 0, damaged: 0 };
  private readonly input: Input;
  private readonly damage: DamageLog;
  private readonly omissions: Omissions;
  private readonly onFlow: ReadJob['onFlow'];
  private readonly reader: EntryReader;
  private harLog = new HarLog();
  /** The flow read last. */
  private held: Flow | undefined;
  /** Bytes before this offset were read and are not searched again. */
  private passed = 0;

  constructor(job: ReadJob) {
    this.input = job.input;
    this.damage = job.damage;
    this.omissions = job.omissions;
    this.onFlow = job.onFlow;
    this.reader = new EntryReader(job);
  }

  async run(): Promise<ReadSummary> {
    const { input, damage, summary } = this;
    await skipByteOrderMark(input);
    try {
      // Concatenated files are read one after the other.
      while ((await skipSpace(input)) !== undefined) {
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
      // The nesting is unknown here, so every value that resembles an entry is read as one, up to the end.
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
   * Reads the object at the input's position.
   * @param wanted the required member, which `read` consumes
   * @throws JsonError also if it is missing: a file without it must not pass for an empty one
   */
  private async members(wanted: string, read: () => Promise<void>): Promise<void> {
    await this.expect(OPEN_BRACE);
    let isFound = false;
    for (;;) {
      const byte = await skipSpace(this.input);
      if (byte === CLOSE_BRACE) break;
      if (byte === COMMA) this.input.at++;
      else {
        if (byte !== DQUOTE) throw new JsonError('a key is missing', byte === undefined);
        const key = await readKey(this.input);
        await this.expect(COLON);
        await skipSpace(this.input);
        if (key === wanted) await read();
        else if (wanted === 'entries') await this.memberOfLog(String(key));
        else await skipValue(this.input);
        isFound ||= key === wanted;
      }
    }
    if (!isFound) throw new JsonError(`${wanted} is missing`);
    this.input.at++;
  }

  private async memberOfLog(key: string): Promise<void> {
    const { offset } = this;
    const value = await readMember(this.input);
    if (value !== undefined && this.offset - offset <= MEMBER_LIMIT) this.harLog.take(key, value);
    else this.noteLost(key, offset, 'is too large');
  }

  private noteLost(key: string, offset: number, why: string): void {
    const { omissions } = this;
    omissions.begin(offset, 'log');
    omissions.ofLog(`log.${key}`, why);
    omissions.commit();
  }

  /**
   * Passes on the previous flow. The current one is held back, as it may be the last and then takes the members after
   * the entries.
   */
  private deliver(flow: Flow): void | Promise<void> {
    this.summary.flows++;
    this.harLog.mark(flow);
    if (this.input.once || this.harLog.isOwn) return this.onFlow(flow);
    const { held } = this;
    this.held = flow;
    return held && this.onFlow(held);
  }

  /** Passes on the held flow: the file ends, or another one follows. */
  private async release(): Promise<void> {
    const { held, harLog } = this;
    this.held = undefined;
    this.harLog = new HarLog();
    if (held) {
      harLog.markLast(held);
      return this.onFlow(held);
    }
    for (const key of harLog.left) this.noteLost(key, this.offset, 'is in a position where no flow can keep it');
  }

  private async expect(byte: number): Promise<void> {
    const found = await skipSpace(this.input);
    if (found !== byte) throw new JsonError(`a ${String.fromCharCode(byte)} is missing`, found === undefined);
    this.input.at++;
  }

  /** Reads entries up to the end of their list. */
  private async entries(): Promise<void> {
    const { input } = this;
    for (;;) {
      const next = input.buffer[input.at];
      const byte = next === undefined || isSpace(next) ? await skipSpace(input) : next;
      const { offset } = this;
      if (byte === OPEN_BRACE) {
        const pending = this.entry(offset);
        if (pending) await pending;
      } else if (byte === COMMA) input.at++;
      else if (byte === CLOSE_BRACKET) break;
      else if (byte !== undefined) await this.recover(offset, new JsonError('an entry must begin with {'), 'the entry');
      else {
        this.damage.report(
          'truncated',
          offset,
          `the end is cut off: the list of entries does not end at offset ${offset}`,
        );
        throw new InputEnded();
      }
      this.damage.check();
    }
    this.input.at++;
  }

  /** @returns a promise only if it has to wait */
  private entry(offset: number): void | Promise<void> {
    let value: unknown;
    try {
      value = this.reader.value(offset);
    } catch (error) {
      return this.recover(offset, error, 'the entry');
    }
    return value instanceof Promise ? this.entryLater(value, offset) : this.take(value, offset);
  }

  private async entryLater(pending: Promise<unknown>, offset: number): Promise<void> {
    let value: unknown;
    try {
      value = await pending;
    } catch (error) {
      return this.recover(offset, error, 'the entry');
    }
    return this.take(value, offset);
  }

  private take(value: unknown, offset: number): void | Promise<void> {
    this.passed = this.offset;
    const flow = this.reader.flow(value, offset);
    if (flow instanceof Promise) return flow.then((made) => made && this.deliver(made));
    return flow && this.deliver(flow);
  }

  /**
   * Reports damage and moves to the next entry after it.
   * @param offset of the damaged part
   * @param from where the search for entries begins; an input that can be read only once continues at its position if that is
   * later
   * @throws InputEnded if no entry follows
   */
  private async recover(offset: number, error: unknown, what: string, from = offset + 1): Promise<void> {
    if (!(error instanceof JsonError)) throw error;
    const { input, damage } = this;
    if (!input.back(from)) input.at = Math.max(input.at, from - input.start);
    const found = await findEntry(input);
    if (error.cutOff && !found)
      damage.report('truncated', offset, `the end is cut off: ${what} at offset ${offset} is incomplete`);
    else damage.report('garbage', offset, `${what} at offset ${offset} is damaged: ${error.message}`);
    if (!found) throw new InputEnded();
  }
}

/** No further entry can follow. */
class InputEnded extends Error {}

/** Lists in members of the log are not streamed. */
const WHOLE = { streamed: [], onItem: () => {} };

/** @throws JsonError */
async function readKey(input: Input): Promise<unknown> {
  const texts: LongText[] = [];
  const key = await readValue(input, { ...WHOLE, texts });
  releaseTexts(texts, true);
  return key;
}

/** A member of the log; undefined if it is too large to keep. */
async function readMember(input: Input): Promise<unknown> {
  const texts: LongText[] = [];
  try {
    return await restoreTexts(await readValue(input, { ...WHOLE, texts }), true);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return skipValue(input);
  } finally {
    releaseTexts(texts, true);
  }
}
