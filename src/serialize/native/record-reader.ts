import type { ByteSource } from '../../flow/body.js';
import { ByteLog } from '../../flow/bytelog.js';
import type { Flow } from '../../flow/flow.js';
import { type Compression, CompressionMissingError } from '../compression/codec.js';
import type { Damage, DamageLog } from '../damage.js';
import { FieldError } from '../field-error.js';
import type { ReadJob } from '../format.js';
import type { Input } from '../input.js';
import type { ReadOptions, ReadSummary } from '../read-options.js';
import type { ListedBody } from './body-list.js';
import type { ReadChains } from './certificates.js';
import { CodedBody, storedBytes } from './coded-body.js';
import { METADATA_VERSION } from './encode-flow.js';
import { FlowDecoder } from './flow-decoder.js';
import { metadataCoding, unpackMetadata } from './metadata-coding.js';
import { NativeSource } from './native-source.js';
import { decodeHead, HEAD_SIZE, headMatches, KIND_FLOW, KNOWN_FLAGS, type RecordHead } from './record.js';
import { Resync } from './resync.js';
import { Slab } from './slab.js';

const SMALL = 32 * 1024;

/** Reads the records of an input, one after the other. */
export class RecordReader {
  /** Where the last whole record ends; undefined if there was none. */
  end: number | undefined;
  private readonly summary: ReadSummary = { flows: 0, recovered: 0, unknown: 0, damaged: 0 };
  private readonly decoder: FlowDecoder;
  private readonly slab = new Slab();
  private readonly input: Input;
  private readonly options: ReadOptions;
  private readonly damage: DamageLog;
  private readonly onFlow: ReadJob['onFlow'];
  private readonly resync: Resync;
  private readonly told = new Set<Damage['kind']>();

  /** @param chains certificates that are known from elsewhere, and where those that are met are added */
  constructor({ input, options, damage, onFlow }: ReadJob, chains?: ReadChains) {
    this.decoder = new FlowDecoder(chains);
    this.input = input;
    this.options = options;
    this.damage = damage;
    this.onFlow = onFlow;
    this.resync = new Resync(input, damage);
  }

  /** Only what is not in the window, and what `onFlow` makes of a flow, is waited for. */
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
      // A small body is worth having in memory rather than reading it later by itself.
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

  /** Reads the record at hand, which was found before. @returns false if it is not there any more */
  async readOne(): Promise<boolean> {
    const { input } = this;
    if (input.buffer.length - input.at < HEAD_SIZE && (await input.fill(HEAD_SIZE)) < HEAD_SIZE) return false;
    const head = decodeHead(input.buffer, input.at);
    if (!head) return false;
    const { metadataLength, bodiesLength } = head;
    const length = HEAD_SIZE + metadataLength;
    const wanted = bodiesLength <= SMALL ? length + bodiesLength : length;
    if (input.buffer.length - input.at < wanted && (await input.fill(wanted)) < wanted) return false;
    if (!headMatches(input.buffer, input.at, metadataLength) || !input.reaches(length + bodiesLength)) return false;
    await this.read(head, length);
    this.damage.check();
    return true;
  }

  /** Reads a record that checks, and moves behind it. @param length of head and metadata */
  private read(head: RecordHead, length: number): void | Promise<void> {
    const { input } = this;
    const offset = input.start + input.at;
    const recovered = !this.resync.follow();
    const source = this.isKnown(head, offset) ? this.parse(head, length, recovered) : undefined;
    const flow = source && this.decode(source);
    input.at += length;
    if (!flow) {
      this.resync.last = undefined;
      return this.skip(head.bodiesLength, offset);
    }
    this.resync.last = source;
    if (input.once && head.bodiesLength > 0) return this.receive(flow, source, head.bodiesLength);
    input.at += head.bodiesLength;
    return this.deliver(flow, source);
  }

  private isKnown(head: RecordHead, offset: number): boolean {
    if (head.kind !== KIND_FLOW) {
      this.summary.unknown++;
      return false;
    }
    const unknown = head.flags & ~KNOWN_FLAGS;
    if (unknown === 0) return true;
    const flags = `0x${unknown.toString(16).padStart(4, '0')}`;
    this.damage.report('flags', offset, `the record at offset ${offset} has unknown flags (${flags}): update tsdump`);
    return false;
  }

  /** @returns undefined if the metadata cannot be understood */
  private parse(head: RecordHead, length: number, recovered: boolean): NativeSource | undefined {
    const { input, slab, decoder } = this;
    const offset = input.start + input.at;
    const start = slab.copy(input.buffer, input.at, length);
    const end = start + length;
    const { bytes } = slab;
    let coding: Compression | undefined;
    let unpacked: Buffer | undefined;
    try {
      coding = metadataCoding(head.flags);
      if (coding) unpacked = this.keep(unpackMetadata(bytes.subarray(start + HEAD_SIZE, end), coding));
    } catch (error) {
      this.refuse(offset, error);
      return undefined;
    }
    try {
      if (unpacked) decoder.open(unpacked, 0, unpacked.length);
      else decoder.open(bytes, start + HEAD_SIZE, end);
      if (decoder.version < METADATA_VERSION + 1) {
        const bodies = this.listBodies(offset, length, head.bodiesLength);
        return new NativeSource(bytes, start, end, bodies, offset, recovered, input, coding, unpacked);
      }
      this.refuseNewer(offset);
    } catch (error) {
      if (decoder.version < METADATA_VERSION + 1) this.refuse(offset, error);
      else this.refuseNewer(offset);
    }
    return undefined;
  }

  /** A copy that does not keep alive the memory in which zlib made it. */
  private keep(unpacked: Buffer): Buffer {
    const start = this.slab.copy(unpacked, 0, unpacked.length);
    return this.slab.bytes.subarray(start, start + unpacked.length);
  }

  /** @throws FieldError if the bodies do not fill what is there for them */
  private listBodies(offset: number, length: number, total: number): ListedBody[] {
    const { input } = this;
    const entries = this.decoder.bodies;
    const sum = entries.reduce((bytes, { length }) => bytes + length, 0);
    if (sum !== total) throw new FieldError('bodies', `a list of ${total} bytes`);
    const onDamage = (reason?: string) => this.reportBody(offset, reason);
    let at = offset + length;
    return entries.map((entry) => {
      let source: ByteSource | undefined;
      if (entry.coding) source = new CodedBody(input, at, entry, onDamage);
      else if (entry.length > 0) source = input.body(at, entry.length, entry.crc, onDamage);
      at += entry.length;
      return { entry, source };
    });
  }

  private decode(source: NativeSource): Flow | undefined {
    try {
      const flow = this.decoder.flow(source.bodies);
      if (flow) return flow;
      this.summary.unknown++;
    } catch (error) {
      this.refuse(source.offset, error);
    }
    releaseBodies(source);
    return undefined;
  }

  private refuseNewer(offset: number): void {
    const versions = `version ${this.decoder.version}, this one reads ${METADATA_VERSION}`;
    const what = `the record at offset ${offset} was written by a newer tsdump (${versions}): update tsdump to read it`;
    this.reportOnce('version', offset, what);
  }

  private refuse(offset: number, error: unknown): void {
    this.damage.check();
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof CompressionMissingError) {
      this.reportOnce('flags', offset, `the record at offset ${offset} cannot be decompressed here: ${reason}`);
      return;
    }
    this.damage.report('metadata', offset, `the record at offset ${offset} cannot be understood: ${reason}`);
  }

  /** For what is mostly so with all records that follow. */
  private reportOnce(kind: 'version' | 'flags', offset: number, what: string): void {
    if (this.told.has(kind)) this.damage.count++;
    else this.damage.report(kind, offset, what);
    this.told.add(kind);
  }

  /** Takes the bodies out of an input that can be read only once, or passes over them if nobody wants them. */
  private async receive(flow: Flow, source: NativeSource, length: number): Promise<void> {
    const { input } = this;
    if (!this.options.wantsBodies?.(flow)) {
      const bare = source.withoutBodies();
      const bareFlow = this.decoder.flow(bare.bodies)!;
      if (!(await input.take(length))) return this.cutOff(source.offset);
      return this.deliver(bareFlow, bare);
    }
    for (const { entry, source: body } of source.bodies) {
      const stored = storedBytes(body);
      const log = stored instanceof ByteLog ? stored : undefined;
      if (!(await input.take(entry.length, log))) {
        releaseBodies(source);
        return this.cutOff(source.offset);
      }
      if (!log || log.crc === entry.crc) continue;
      if (body instanceof CodedBody) body.reportDamage();
      else this.reportBody(source.offset);
    }
    return this.deliver(flow, source);
  }

  private reportBody(offset: number, reason?: string): void {
    const why = reason ? `: ${reason}` : '';
    this.damage.report('body', offset, `a body of the record at offset ${offset} is damaged${why}`);
  }

  private skip(bytes: number, offset: number): void | Promise<void> {
    if (bytes === 0) return undefined;
    return this.input.take(bytes).then((whole) => (whole ? undefined : this.cutOff(offset)));
  }

  private cutOff(offset: number): void {
    this.damage.report('truncated', offset, `the end is cut off: the record at offset ${offset} is not whole`);
  }

  private deliver(flow: Flow, source: NativeSource): void | Promise<void> {
    flow.source = source;
    this.summary.flows++;
    if (source.recovered) this.summary.recovered++;
    return this.onFlow(flow);
  }
}

function releaseBodies(source: NativeSource): void {
  for (const { source: body } of source.bodies) body?.release();
}
