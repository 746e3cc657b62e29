import { plural } from '../../../flow/text/plural.js';
import type { DamageLog } from '../../input/damage.js';
import { FileBody } from '../../input/file-body.js';
import type { Input } from '../../input/input.js';
import { recognise } from '../../input/recognise.js';
import { scanFor } from '../../input/scan.js';
import { storedBytes } from '../bodies/coded-body.js';
import type { NativeSource } from '../native-source.js';
import { decodeHead, HEAD_SIZE, headMatches, isWriter, MAGIC, WRITER_SIZE, writerOf } from './record.js';

/**
 * A hostile file may be full of beginnings that announce much metadata. Behind so many bytes of it only records with as
 * little as nearly all have are looked for.
 */
const MOST_TRIED = 1024 * 1024 * 1024;
const SMALL = 4 * 1024;

/** Finds the next record behind bytes that are none, and knows whether what it finds can be trusted. */
export class Resync {
  /** The flow in front of the next record, unless something else is. */
  last: NativeSource | undefined;
  /** Writers of records that stood where one had to be. */
  private readonly trusted = new Set<string>();
  /** The writer of the last record that was trusted: mostly that of the next. */
  private lastTrusted = Buffer.alloc(WRITER_SIZE);
  private inStep = true;
  /** Bytes of metadata of what seemed to begin a record behind damage. */
  private tried = 0;

  constructor(
    private readonly input: Input,
    private readonly damage: DamageLog,
  ) {}

  /**
   * Takes note of the record that is read next, where the window is.
   * @returns false if it is one behind damage whose writer is not known: it may be the content of a body
   */
  follow(): boolean {
    const { buffer, at } = this.input;
    if (this.inStep && isWriter(this.lastTrusted, buffer, at)) return true;
    const writer = writerOf(buffer, at);
    const key = writer.toString('latin1');
    if (!this.inStep && !this.trusted.has(key)) return false;
    this.inStep = true;
    this.trusted.add(key);
    this.lastTrusted = Buffer.from(writer);
    return true;
  }

  /**
   * Reports that there is no whole record where one should be, and moves to the next one.
   * @returns false if there is none
   * @throws DamageError with `strict`
   */
  async find(): Promise<boolean> {
    const { input } = this;
    const from = input.start + input.at;
    const beginning = Buffer.from(input.buffer.subarray(input.at, input.at + 256));
    const cutOff = this.isCutOff(beginning);
    const report = (next: number | undefined) => this.report(from, next, beginning, cutOff);
    if (this.damage.strict) report(undefined);
    if (this.inStep && beginning.length >= HEAD_SIZE && startsLikeRecord(beginning)) this.follow();
    this.inStep = false;
    if (!(await this.backIntoBody())) input.at++;
    const isFound = await scanFor(input, MAGIC, () => this.isRecord());
    report(isFound ? input.start + input.at : undefined);
    return isFound;
  }

  /** Whether the input seems to end within a record that begins like this. */
  private isCutOff(beginning: Buffer): boolean {
    if (beginning.length < HEAD_SIZE) return startsLikeRecord(beginning);
    const head = decodeHead(beginning, 0);
    if (!head) return false;
    const { input } = this;
    const length = HEAD_SIZE + head.metadataLength;
    return input.buffer.length - input.at < length || !input.reaches(length + head.bodiesLength);
  }

  /**
   * The body in front of the damage may itself have been cut off, with other records behind it. Then the search begins
   * inside that body.
   */
  private async backIntoBody(): Promise<boolean> {
    const { last } = this;
    this.last = undefined;
    let intact = true;
    for (const { source } of last?.bodies ?? []) {
      const stored = storedBytes(source);
      if (stored instanceof FileBody && !(await stored.verify())) intact = false;
    }
    return last !== undefined && !intact && this.input.back(last.bodiesOffset);
  }

  private async isRecord(): Promise<boolean> {
    const { input } = this;
    if (!(await this.isThere(HEAD_SIZE))) return false;
    const head = decodeHead(input.buffer, input.at);
    if (!head || this.isBeyondBudget(head.metadataLength)) return false;
    if (!(await this.isThere(HEAD_SIZE + head.metadataLength))) return false;
    if (!headMatches(input.buffer, input.at, head.metadataLength)) return false;
    const length = HEAD_SIZE + head.metadataLength + head.bodiesLength;
    return input.reaches(length) || input.grows(length);
  }

  /** Takes account of metadata that is read and summed up only to see whether it is a record. */
  private isBeyondBudget(metadataLength: number): boolean {
    if (metadataLength > SMALL && this.tried > MOST_TRIED) return true;
    this.tried += metadataLength;
    return false;
  }

  private async isThere(bytes: number): Promise<boolean> {
    const { input } = this;
    return input.buffer.length - input.at >= bytes || (await input.fill(bytes)) >= bytes;
  }

  private report(from: number, next: number | undefined, beginning: Buffer, cutOff: boolean): void {
    if (next !== undefined) {
      const what = `${plural(next - from, `byte at offset ${from} is`, `bytes at offset ${from} are`)} damaged; reading continues at offset ${next}`;
      if (next > from) this.damage.report('garbage', from, what);
    } else if (from === 0 && !startsLikeRecord(beginning)) {
      const seen = recognise(beginning);
      this.damage.report('unrecognised', 0, `this is not a flow file${seen ? `: it looks like ${seen}` : ''}`);
    } else if (cutOff) {
      this.damage.report('truncated', from, `the end is cut off: the record at offset ${from} is incomplete`);
    } else {
      const further = this.damage.strict ? '' : ', nor after it';
      this.damage.report('garbage', from, `there is no record at offset ${from}${further}`);
    }
  }
}

function startsLikeRecord(beginning: Buffer): boolean {
  const length = Math.min(beginning.length, MAGIC.length);
  return beginning.subarray(0, length).equals(MAGIC.subarray(0, length));
}
