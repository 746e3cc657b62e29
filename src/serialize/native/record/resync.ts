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
 * A hostile file may be full of possible heads that announce much metadata. After this many bytes of metadata, only
 * records with as little metadata as almost all have are considered.
 */
const MOST_TRIED = 1024 * 1024 * 1024;
const SMALL = 4 * 1024;

/** Finds the next record after damage, and decides whether it can be trusted. */
export class Resync {
  /** The flow directly before the next record, if any. */
  last: NativeSource | undefined;
  /** Writers of records at expected positions. */
  private readonly trusted = new Set<string>();
  /** The last trusted writer, usually also that of the next record. */
  private lastTrusted = Buffer.alloc(WRITER_SIZE);
  private inStep = true;
  /** Bytes of metadata of possible records found after damage. */
  private tried = 0;

  constructor(
    private readonly input: Input,
    private readonly damage: DamageLog,
  ) {}

  /**
   * Registers the record at the window's position, which is read next.
   * @returns false after damage if its writer is unknown: it may be the content of a body
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
   * Reports the missing record at the current position, and moves to the next one.
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

  /** Whether the input seems to end within a record that begins with these bytes. */
  private isCutOff(beginning: Buffer): boolean {
    if (beginning.length < HEAD_SIZE) return startsLikeRecord(beginning);
    const head = decodeHead(beginning, 0);
    if (!head) return false;
    const { input } = this;
    const length = HEAD_SIZE + head.metadataLength;
    return input.buffer.length - input.at < length || !input.reaches(length + head.bodiesLength);
  }

  /**
   * The body before the damage may have been cut short, so that the following records lie inside its stated length.
   * Then the search begins inside that body.
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
    if (!(await this.hasBytes(HEAD_SIZE))) return false;
    const head = decodeHead(input.buffer, input.at);
    if (!head || this.isBeyondBudget(head.metadataLength)) return false;
    if (!(await this.hasBytes(HEAD_SIZE + head.metadataLength))) return false;
    if (!headMatches(input.buffer, input.at, head.metadataLength)) return false;
    const length = HEAD_SIZE + head.metadataLength + head.bodiesLength;
    return input.reaches(length) || input.grows(length);
  }

  /** Limits the metadata that is read and checksummed only to check whether it belongs to a record. */
  private isBeyondBudget(metadataLength: number): boolean {
    if (metadataLength > SMALL && this.tried > MOST_TRIED) return true;
    this.tried += metadataLength;
    return false;
  }

  private async hasBytes(bytes: number): Promise<boolean> {
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
