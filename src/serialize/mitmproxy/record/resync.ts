import { plural } from '../../../flow/text/plural.js';
import type { DamageLog } from '../../input/damage.js';
import type { Input } from '../../input/input.js';
import { TAG } from '../tnetstring/tnetstring.js';

/** The bytes after the first length of a record: another length, and a key as text or bytes. */
const KEY = /^:\d\d?:(\w+)[;,]/;
/** The keys of records, besides those matched by prefix. */
const KEYS: ReadonlySet<string> = new Set(
  (
    'version type id error client_conn server_conn intercepted is_replay marked metadata comment timestamp_created backup ' +
    'request response websocket messages mode'
  ).split(' '),
);
const PREFIXES = /^(?:close|client|server)_\w{1,10}$/;
/** Maximum digits of the length of a record. */
const MAX_DIGITS = 12;
/** Maximum length of such a beginning. */
const LONGEST = 40;
/** Bytes searched at first, as the next record is usually near. The window then grows. */
const FIRST_WINDOW = 4 * 1024;
const WINDOW = 1024 * 1024;
/**
 * A hostile file may be full of possible beginnings. The search ends after this many attempts, or this many bytes read
 * for them.
 */
const MAX_ATTEMPTS = 1000;
const MAX_WALKED = 1024 * 1024 * 1024;

interface Lost {
  from: number;
  reason: string;
  cutOff: boolean;
  /** The end that the record announced, if it did. */
  end: number | undefined;
}

/**
 * Finds the next record after damage. tnetstrings have no magic numbers or checksums: any bytes that parse as a record are
 * one.
 */
export class Resync {
  private lost: Lost | undefined;
  private attempts = 0;
  private walked = 0;
  /** Records that begin before this offset may be the content of a body. */
  private doubtfulUntil = 0;

  constructor(
    private readonly input: Input,
    private readonly damage: DamageLog,
  ) {}

  /** True from an unreadable record to the next readable one. */
  get isLost(): boolean {
    return this.lost !== undefined;
  }

  /**
   * Records a failed attempt to read a record.
   * @param from expected offset of the record
   * @param cutOff whether the input seems to end within it
   * @param end offset of its end, according to its length
   */
  failed(from: number, reason: string, cutOff: boolean, end?: number): void {
    this.attempts++;
    this.walked += Math.max(0, this.input.start + this.input.at - from);
    this.lost ??= { from, reason, cutOff, end };
  }

  /**
   * Moves to the next possible record.
   * @param from offset of the last attempt
   * @returns false if no record follows
   * @throws DamageError with `strict`
   */
  async next(from: number): Promise<boolean> {
    const lost = this.lost!;
    if (this.damage.strict) this.report(lost, undefined);
    if (lost.from === from && !lost.cutOff && lost.end !== undefined && (await this.isFramed(lost.end))) {
      this.lost = undefined;
      const what = `the flow at offset ${from} is invalid: ${lost.reason}`;
      this.damage.report('metadata', from, what);
      return true;
    }
    this.moveTo(from + 1);
    if (this.attempts > MAX_ATTEMPTS || this.walked > MAX_WALKED) return false;
    return this.search();
  }

  /** Handles a record that was read. @returns true if it follows damage and may be the content of a body */
  follow(offset: number): boolean {
    const { lost } = this;
    if (lost) {
      this.lost = undefined;
      this.attempts = 0;
      this.walked = 0;
      this.doubtfulUntil = lost.cutOff ? Number.POSITIVE_INFINITY : (lost.end ?? offset + 1);
      this.report(lost, offset);
    }
    return offset < this.doubtfulUntil;
  }

  /** Reports pending damage at the end of the input. */
  end(): void {
    if (this.lost) this.report(this.lost, undefined);
    this.lost = undefined;
  }

  /**
   * Whether a record with damaged content ends according to its length, and is followed by a possible record or the end of the
   * input.
   */
  private async isFramed(end: number): Promise<boolean> {
    if (!this.moveTo(end - 1)) return false;
    const { input } = this;
    if (input.buffer.length - input.at < LONGEST + 1 && (!input.once || input.at >= input.buffer.length)) {
      await input.fill(LONGEST + 1);
    }
    const text = input.buffer.toString('latin1', input.at, input.at + LONGEST + 1);
    if (text.charCodeAt(0) !== TAG.dictionary) return false;
    input.at++;
    return text.length === 1 || findBeginning(text.slice(1)) === 0;
  }

  private async search(): Promise<boolean> {
    const { input } = this;
    for (let window = FIRST_WINDOW; ; window = Math.min(WINDOW, 2 * window)) {
      const buffered = input.buffer.length - input.at;
      if (buffered < LONGEST && (await input.fill(LONGEST)) === 0) return false;
      const end = Math.min(input.buffer.length, input.at + window);
      const text = input.buffer.toString('latin1', input.at, end);
      const found = findBeginning(text);
      if (found >= 0) {
        input.at += found;
        return true;
      }
      const step = text.length - LONGEST;
      if (step > 0) input.at += step;
      else if ((await input.fill(text.length + 1)) <= text.length) {
        input.at += text.length;
        return false;
      }
    }
  }

  /** @returns false if that offset cannot be reached any more */
  private moveTo(offset: number): boolean {
    const { input } = this;
    const at = offset - input.start;
    if (at >= 0 && at <= input.buffer.length) {
      input.at = at;
      return true;
    }
    return input.back(offset);
  }

  private report({ from, reason, cutOff }: Lost, next: number | undefined): void {
    if (next !== undefined) {
      const what = `${plural(next - from, `byte at offset ${from} is`, `bytes at offset ${from} are`)} damaged: ${reason}; reading continues at offset ${next}`;
      this.damage.report('garbage', from, what);
    } else if (cutOff) {
      this.damage.report('truncated', from, `the end is cut off: the flow at offset ${from} is incomplete`);
    } else {
      const further = this.damage.strict ? '' : ', nor after it';
      this.damage.report('garbage', from, `there is no flow at offset ${from}${further}: ${reason}`);
    }
  }
}

/** Finds the possible beginning of a record: two lengths and a known key. @returns -1 if the text has no beginning */
function findBeginning(text: string): number {
  for (let colon = text.indexOf(':'); colon >= 0; colon = text.indexOf(':', colon + 1)) {
    let start = colon;
    // All preceding digits belong to the length, unless one of them is damaged.
    while (start > 0 && colon - start <= MAX_DIGITS && isDigit(text.charCodeAt(start - 1))) start--;
    const digits = colon - start;
    if (digits < 2 || digits > MAX_DIGITS) continue;
    const key = KEY.exec(text.slice(colon, colon + LONGEST))?.[1];
    if (key !== undefined && (KEYS.has(key) || PREFIXES.test(key))) return start;
  }
  return -1;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
