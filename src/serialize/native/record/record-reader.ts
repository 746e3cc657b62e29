import { ByteLog } from '../../../flow/body/byte-log.js';
import type { Flow } from '../../../flow/flow.js';
import type { RecordReadJob } from '../../format.js';
import type { Input } from '../../input/input.js';
import type { ReadOptions, ReadSummary } from '../../input/read-options.js';
import type { ReadChains } from '../../shared/certificates.js';
import type { ListedBody } from '../bodies/body-list.js';
import { CodedBody, storedBytes } from '../bodies/coded-body.js';
import type { NativeSource } from '../native-source.js';
import { decodeHead, HEAD_SIZE, headMatches, KIND_FLOW, KIND_LABEL, KNOWN_FLAGS, type RecordHead } from './record.js';
import { RecordDamage } from './record-damage.js';
import { RecordParser } from './record-parser.js';
import { Resync } from './resync.js';

/** Bodies up to this size are read into memory with their record. */
const SMALL = 32 * 1024;

/** The bytes of the record at the input's position to have in the window, so that it is read at once; `HEAD_SIZE` if its head is not there. */
export function bytesOfOne({ buffer, at }: Input): number {
  const head = buffer.length - at < HEAD_SIZE ? undefined : decodeHead(buffer, at);
  if (!head) return HEAD_SIZE;
  const { metadataLength, bodiesLength } = head;
  return HEAD_SIZE + metadataLength + (bodiesLength <= SMALL ? bodiesLength : 0);
}

/** Reads the records of an input one by one. */
export class RecordReader {
  /** Offset after the last complete record; undefined without a complete record. */
  end: number | undefined;
  private readonly summary: ReadSummary = { flows: 0, recovered: 0, unknown: 0, damaged: 0 };
  private readonly input: Input;
  private readonly options: ReadOptions;
  private readonly damage: RecordDamage;
  private readonly onFlow: RecordReadJob['onFlow'];
  private readonly parser: RecordParser;
  private readonly resync: Resync;

  /** @param chains known certificate chains; new ones are added */
  constructor({ input, options, damage, onFlow }: RecordReadJob, chains?: ReadChains) {
    this.input = input;
    this.options = options;
    this.damage = new RecordDamage(damage);
    this.onFlow = onFlow;
    this.parser = new RecordParser(input, this.damage, chains, options);
    this.resync = new Resync(input, damage);
  }

  /** Waits only for data outside the window and for `onFlow`. */
  async run(): Promise<ReadSummary> {
    const { input } = this;
    for (;;) {
      let available = input.buffer.length - input.at;
      if (available < HEAD_SIZE) available = await input.fill(HEAD_SIZE);
      if (available === 0) break;
      const head = available < HEAD_SIZE ? undefined : decodeHead(input.buffer, input.at);
      const length = HEAD_SIZE + (head?.metadataLength ?? 0);
      if (head && available < length) available = await input.fill(length);
      let whole = head !== undefined && available >= length && headMatches(input.buffer, input.at, head.metadataLength);
      if (whole && !input.reaches(length + head!.bodiesLength)) whole = await input.grows(length + head!.bodiesLength);
      if (!whole) {
        if (await this.resync.find()) continue;
        break;
      }
      // Reading a small body with its record is cheaper than a read of its own later.
      const { bodiesLength } = head!;
      if (available < length + bodiesLength && bodiesLength <= SMALL) await input.fill(length + bodiesLength);
      const pending = this.read(head!, length);
      this.end = input.start + input.at;
      if (pending) await pending;
      this.damage.check();
    }
    this.summary.damaged = this.damage.count;
    return this.summary;
  }

  /**
   * Reads the record at the input's position, of which `bytesOfOne` bytes are in the window.
   * @returns false if there is no record, a promise only if `onFlow` returns one
   */
  readOne(): boolean | Promise<boolean> {
    const { input } = this;
    if (input.buffer.length - input.at < HEAD_SIZE) return false;
    const head = decodeHead(input.buffer, input.at);
    if (!head) return false;
    const { metadataLength, bodiesLength } = head;
    const length = HEAD_SIZE + metadataLength;
    if (input.buffer.length - input.at < length || !input.reaches(length + bodiesLength)) return false;
    if (!headMatches(input.buffer, input.at, metadataLength)) return false;
    const pending = this.read(head, length);
    const done = (): true => {
      this.damage.check();
      return true;
    };
    return pending ? pending.then(done) : done();
  }

  /** Reads a record with a valid checksum, and moves past it. @param length of head and metadata */
  private read(head: RecordHead, length: number): void | Promise<void> {
    const { input } = this;
    const offset = input.start + input.at;
    const recovered = !this.resync.follow();
    const source = this.isKnown(head, offset) ? this.parser.parse(head, length, recovered) : undefined;
    const flow = source && this.decode(source);
    input.at += length;
    if (!flow) {
      this.resync.last = undefined;
      return this.skip(head.bodiesLength, offset);
    }
    this.resync.last = source;
    if (input.once && head.bodiesLength > 0) return this.receive(flow, source, head.bodiesLength);
    input.at += head.bodiesLength;
    if (this.options.checksBodies && input.at <= input.buffer.length) source.checkBodies();
    return this.deliver(flow, source);
  }

  private isKnown(head: RecordHead, offset: number): boolean {
    if (head.kind !== KIND_FLOW) {
      if (head.kind !== KIND_LABEL) this.summary.unknown++;
      return false;
    }
    const unknown = head.flags & ~KNOWN_FLAGS;
    if (unknown !== 0) this.damage.unknownFlags(offset, unknown);
    return unknown === 0;
  }

  private decode(source: NativeSource): Flow | undefined {
    try {
      const flow = this.parser.flow(source.bodies);
      if (flow) return flow;
      this.summary.unknown++;
    } catch (error) {
      this.damage.metadata(source.offset, error);
    }
    releaseBodies(source);
    return undefined;
  }

  /** Stores the bodies of an input that can be read only once; skips them if they are not needed. */
  private receive(flow: Flow, source: NativeSource, length: number): void | Promise<void> {
    const { input } = this;
    const isInWindow = input.buffer.length - input.at >= length;
    if (!this.options.wantsBodies?.(flow)) {
      const bare = source.withoutBodies();
      const bareFlow = this.parser.flow(bare.bodies)!;
      if (!isInWindow) return this.skipBodies(bareFlow, bare, length);
      input.at += length;
      return this.deliver(bareFlow, bare);
    }
    if (!isInWindow) return this.receiveLater(flow, source);
    let behind: ByteLog | undefined;
    for (const body of source.bodies) {
      const log = logOf(body);
      const end = input.at + body.entry.length;
      if (log && !log.append(input.buffer.subarray(input.at, end))) behind = log;
      input.at = end;
      this.checkReceived(body, log, source);
    }
    if (behind) return behind.drained().then(() => this.deliver(flow, source));
    return this.deliver(flow, source);
  }

  private async skipBodies(flow: Flow, source: NativeSource, length: number): Promise<void> {
    if (!(await this.input.take(length))) return this.damage.cutOff(source.offset);
    return this.deliver(flow, source);
  }

  private async receiveLater(flow: Flow, source: NativeSource): Promise<void> {
    for (const body of source.bodies) {
      const log = logOf(body);
      if (!(await this.input.take(body.entry.length, log))) {
        releaseBodies(source);
        return this.damage.cutOff(source.offset);
      }
      this.checkReceived(body, log, source);
    }
    return this.deliver(flow, source);
  }

  private checkReceived({ entry, source: body }: ListedBody, log: ByteLog | undefined, source: NativeSource): void {
    if (!log || log.crc === entry.crc) return;
    if (body instanceof CodedBody) body.reportDamage();
    else this.damage.body(source.offset);
  }

  private skip(bytes: number, offset: number): void | Promise<void> {
    if (bytes === 0) return undefined;
    return this.input.take(bytes).then((whole) => (whole ? undefined : this.damage.cutOff(offset)));
  }

  private deliver(flow: Flow, source: NativeSource): void | Promise<void> {
    flow.source = source;
    this.summary.flows++;
    if (source.recovered) this.summary.recovered++;
    return this.onFlow(flow);
  }
}

function logOf({ source }: ListedBody): ByteLog | undefined {
  const stored = storedBytes(source);
  return stored instanceof ByteLog ? stored : undefined;
}

function releaseBodies(source: NativeSource): void {
  for (const { source: body } of source.bodies) body?.release();
}
