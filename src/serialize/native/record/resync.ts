import { plural } from '../../../flow/text/plural.js';
import { type DamageLog, FORMATS_READ } from '../../input/damage.js';
import { FileBody } from '../../input/file-body.js';
import type { Input } from '../../input/input.js';
import { recognise } from '../../input/recognise.js';
import { scanFor } from '../../input/scan.js';
import { storedBytes } from '../bodies/coded-body.js';
import type { NativeSource } from '../native-source.js';
import { decodeHead, HEAD_SIZE, headMatches, isWriter, MAGIC, WRITER_SIZE, writerOf } from './record.js';

/**
 * A hostile file may consist of false heads that announce much metadata. After this many bytes of metadata, only heads with
 * metadata of an ordinary size are considered.
 */
const MAX_TRIED = 1024 * 1024 * 1024;
const SMALL = 4 * 1024;

/** Finds the next record after damage, and decides whether it is trusted. */
export class Resync {
  /** The flow directly before the next record; undefined after damage. */
  last: NativeSource | undefined;
  /** Writers of records that were found without a search, at their expected positions. */
  private readonly trusted = new Set<string>();
  /** The last trusted writer, which most records repeat. */
  private lastTrusted = Buffer.alloc(WRITER_SIZE);
  private inStep = true;
  /** Bytes of metadata whose CRCs were computed in searches. */
  private tried = 0;

  constructor(
    private readonly input: Input,
    private readonly damage: DamageLog,
  ) {}

  /**
   * Registers the record at the window's position, which is read next.
   * @returns false after damage if its writer is not trusted: the record may be part of a body
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
   * Reports the damage at the current position, and moves to the next record.
   * @returns false if no record follows
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

  /** Whether the input seems to end inside a record with this beginning. */
  private isCutOff(beginning: Buffer): boolean {
    if (beginning.length < HEAD_SIZE) return startsLikeRecord(beginning);
    const head = decodeHead(beginning, 0);
    if (!head) return false;
    const { input } = this;
    const length = HEAD_SIZE + head.metadataLength;
    return input.buffer.length - input.at < length || !input.reaches(length + head.bodiesLength);
  }

  /**
   * Moves back to the bodies of the flow before the damage if a CRC does not match: a body may have been cut short, and then
   * the following records lie inside its stated length. @returns whether it has moved
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

  /** Limits the metadata whose CRC is computed to check a possible head. */
  private isBeyondBudget(metadataLength: number): boolean {
    if (metadataLength > SMALL && this.tried > MAX_TRIED) return true;
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
      const what = `this is not a flow file${seen ? `: it looks like ${seen}` : ''}; ${FORMATS_READ}`;
      this.damage.report('unrecognised', 0, what);
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
