import { randomBytes } from 'node:crypto';
import type { ByteLog } from '../../flow/body/byte-log.js';
import type { Flow } from '../../flow/flow.js';
import { codecOf } from '../compression/codec.js';
import type { WriterOptions } from '../format.js';
import { paddedRead } from '../input/padded-read.js';
import { type Piece, writePieces } from '../output/pieces.js';
import { QueuedWriter } from '../output/queued-writer.js';
import type { Sink } from '../output/sinks.js';
import type { RecordCopier } from '../output/writer.js';
import { WrittenChains } from '../shared/certificates.js';
import { readChecksum } from './bodies/body-checksum.js';
import { BodyCoder } from './bodies/body-coder.js';
import { BODY_KINDS, bodiesOf, type ListedBody } from './bodies/body-list.js';
import { GeneralPacker } from './metadata/general-packer.js';
import { metadataFlag } from './metadata/metadata-coding.js';
import { MetadataEncoder } from './metadata/metadata-encoder.js';
import { MessagePackDecoder } from './metadata/msgpack-decoder.js';
import { hasUnknown, keepUnknown, sameKnown } from './metadata/unknown-keys.js';
import { NativeSource } from './native-source.js';
import { encodeHead, FLAG_CODED_BODIES, HEAD_SIZE, METADATA_LIMIT, WRITER_SIZE } from './record/record.js';
import { flowSchema } from './schema/flow.js';

/** Bytes of a body on disk that are copied at once. */
const COPY_SIZE = 256 * 1024;

/** Metadata of `length` bytes, and the head if the record is copied. */
interface Encoded {
  head: Buffer | undefined;
  metadata: Buffer;
  length: number;
  /** Flag of the metadata's compression. */
  flag: number;
}

export interface NativeWriterParts {
  /** Identifies the writer in its records (8 bytes); random by default. */
  id?: Buffer;
  /** Tracks the certificate chains that the writer has written. */
  chains?: WrittenChains;
}

/**
 * Writes flows as records of the native flow file, each without interruption and in the order of the calls. An unchanged flow
 * from such a file is copied as bytes.
 */
export class NativeWriter extends QueuedWriter implements RecordCopier {
  readonly file = 0;
  protected readonly id: Buffer;
  protected readonly chains: WrittenChains;
  private readonly packer = new GeneralPacker();
  private readonly input = new MessagePackDecoder();
  private readonly encoder: MetadataEncoder;
  private readonly coder: BodyCoder;
  private readonly compress: WriterOptions['compress'];
  /** For the bytes of bodies on disk, which are copied one body at a time. */
  private copyMemory: Buffer | undefined;
  /** Resolves when the flows so far with bodies to compress are queued. */
  private coding: Promise<void> = Promise.resolve();

  constructor(sink: Sink, options: WriterOptions, { id, chains }: NativeWriterParts = {}) {
    super(sink, options);
    this.id = id ?? randomBytes(WRITER_SIZE);
    this.chains = chains ?? new WrittenChains();
    this.encoder = new MetadataEncoder({ chains: this.chains, packFacts: this.packer.packFacts });
    this.compress = options.compress;
    this.coder = new BodyCoder(options.compress, options.policy);
  }

  /** Undefined if records may have to be compressed or decompressed. */
  get records(): RecordCopier | undefined {
    return this.compress ? undefined : this;
  }

  room(ends: readonly number[]): number {
    return ends.length;
  }

  copy(bytes: Buffer, ends: readonly number[]): undefined | Promise<void> {
    if (this.queue.failed) return undefined;
    this.queue.addFlows(bytes, ends);
    return this.queue.backlog;
  }

  protected put(flow: Flow): undefined | Promise<void> {
    const source = flow.source instanceof NativeSource ? flow.source : undefined;
    if (source && this.isCopied(flow, source)) {
      const size = source.sizeInWindow();
      if (size !== undefined) {
        const { offset, input } = source;
        const start = offset - input.start;
        this.queue.addPart(input.buffer, start, start + size);
        return this.queue.backlog;
      }
    }
    const bodies = bodiesOf(flow);
    if (source && !source.strict) addUnknownBodies(bodies, source.bodies);
    let waiting: ListedBody[] | undefined;
    for (const body of bodies) if (!this.coder.code(body, flow, source)) waiting = [...(waiting ?? []), body];
    if (waiting && (this.compress ?? source?.coding)) return this.appendCoded(flow, source, bodies, waiting);
    const pending = waiting ? this.appendLater(flow, source, bodies) : this.append(flow, source, bodies);
    this.queue.commit();
    return pending ?? this.queue.backlog;
  }

  protected async finish(): Promise<void> {
    await this.coding;
    await this.queue.drained();
  }

  /** Called before the record of a flow is queued, to queue a record in front of it. */
  protected precede(_flow: Flow): void {}

  private append(flow: Flow, source: NativeSource | undefined, bodies: ListedBody[]): undefined | Promise<void> {
    const record = this.encode(flow, source, bodies);
    this.precede(flow);
    const at = this.queue.reserve(HEAD_SIZE + record.length);
    this.place(record, this.queue.bytes, at, bodies);
    for (const [index, { entry, source: body }] of bodies.entries()) {
      if (!body || entry.length === 0) continue;
      const bytes = body.buffer;
      if (!bytes) return this.queue.run((write) => this.copyBodies(bodies.slice(index), write));
      this.queue.add(bytes);
    }
    return undefined;
  }

  /**
   * Appends a flow with bodies that are compressed piece by piece. Later flows do not wait for it, as they would be lost if the
   * program were killed in the meantime.
   */
  private appendCoded(
    flow: Flow,
    source: NativeSource | undefined,
    bodies: ListedBody[],
    waiting: readonly ListedBody[],
  ): Promise<void> {
    const logs: (ByteLog | undefined)[] = [];
    const run = async (): Promise<void> => {
      for (const body of waiting) {
        if (this.queue.failed) return;
        logs.push(await this.coder.codeLater(body, flow, source));
      }
      if (this.queue.failed) return;
      const pending = this.append(flow, source, bodies);
      this.queue.commit();
      await pending;
    };
    const done = this.coding.then(run).finally(() => {
      for (const log of logs) log?.release();
    });
    this.coding = done.catch(() => {});
    return done;
  }

  /** Appends a flow with bodies that have to be read once to compute their CRCs. */
  private appendLater(flow: Flow, source: NativeSource | undefined, bodies: ListedBody[]): Promise<void> {
    this.precede(flow);
    return this.queue.run(async (write) => {
      for (const body of bodies) await readChecksum(body);
      // Chains written while the bodies were read come after this record, so it cannot refer to them.
      this.chains.clear();
      const record = this.encode(flow, source, bodies);
      const bytes = Buffer.allocUnsafe(HEAD_SIZE + record.length);
      this.place(record, bytes, 0, bodies);
      await write(bytes);
      await this.copyBodies(bodies, write);
    });
  }

  /**
   * Writes the bodies of a record whose head is already written, with their lengths. Unreadable bytes are replaced by zeros,
   * which the CRC reveals as damage.
   */
  private copyBodies(bodies: readonly ListedBody[], write: (chunk: Buffer) => Promise<void>): Promise<void> {
    this.copyMemory ??= Buffer.allocUnsafeSlow(COPY_SIZE);
    const memory = this.copyMemory;
    const pieces: Piece[] = [];
    for (const { entry, source } of bodies) {
      if (source && entry.length > 0) pieces.push(() => paddedRead(source, entry.length, memory));
    }
    return writePieces(pieces, write);
  }

  /** Head and metadata of the flow's original record if they are unchanged; otherwise new metadata. */
  private encode(flow: Flow, source: NativeSource | undefined, bodies: readonly ListedBody[]): Encoded {
    if (source && this.isCopied(flow, source)) return copied(source);
    const { encoder } = this;
    try {
      encoder.encode(flow, bodies);
      if (encoder.length > METADATA_LIMIT) throw new Error(`Flow ${flow.id} has more metadata than fits into a record`);
    } catch (error) {
      this.chains.clear();
      throw error;
    }
    const made = { head: undefined, metadata: encoder.bytes, length: encoder.length, flag: 0 };
    if (!source) return this.compressMetadata(made, source);
    if (source.hasMetadata(made.metadata, made.length)) return this.copySource(source);
    if (source.strict) return this.compressMetadata(made, source);
    if (isMarkedChanged(flow) && !this.hasUnknownKeys(flow, source)) return this.compressMetadata(made, source);
    return this.merge(made, source, flow.type);
  }

  /** Whether the record of a flow is unchanged, and refers only to certificate chains in this file. */
  private isCopied(flow: Flow, source: NativeSource): boolean {
    if (!source.untouched || source.strict || this.compress) return false;
    return this.chains.areComplete(flow, source);
  }

  /** Whether the record has keys that are unknown to this version, which new metadata would lack. */
  private hasUnknownKeys({ type, client, server }: Flow, { metadata }: NativeSource): boolean {
    const { input } = this;
    input.begin(metadata, 0, metadata.length);
    const chains = [client, server].filter(({ tls }) => tls !== undefined && tls.certificates.length > 0);
    return hasUnknown(input, flowSchema(type).schema, chains.length);
  }

  /** Copies an equivalent record, unless the compression has to change. */
  private copySource(source: NativeSource): Encoded {
    const { metadata, coding } = source;
    if (this.coder.target(source) === (coding ?? 'none')) return copied(source);
    return this.compressMetadata({ head: undefined, metadata, length: metadata.length, flag: 0 }, source);
  }

  private compressMetadata(record: Encoded, source: NativeSource | undefined): Encoded {
    const target = this.coder.target(source);
    if (target === 'none') return record;
    const metadata = codecOf(target).compress(record.metadata.subarray(0, record.length));
    if (metadata.length >= record.length) return record;
    return { head: undefined, metadata, length: metadata.length, flag: metadataFlag(target) };
  }

  /**
   * Merges the new metadata of a flow with the unknown keys of its record. If the two differ only in their encoding, the record
   * is copied.
   */
  private merge(made: Encoded, source: NativeSource, type: string): Encoded {
    const { schema } = flowSchema(type);
    const own = this.packer.unpack(made.metadata.subarray(0, made.length));
    const read = this.packer.unpack(source.metadata);
    if (sameKnown(own, read, schema)) return this.copySource(source);
    keepUnknown(own, read, schema);
    const metadata = this.packer.pack(own);
    return this.compressMetadata({ head: undefined, metadata, length: metadata.length, flag: 0 }, source);
  }

  private place(record: Encoded, target: Buffer, at: number, bodies: readonly ListedBody[]): void {
    record.metadata.copy(target, at + HEAD_SIZE, 0, record.length);
    if (record.head) {
      record.head.copy(target, at);
      return;
    }
    let bodiesLength = 0;
    let flags = record.flag;
    for (const { entry } of bodies) {
      bodiesLength += entry.length;
      if (entry.coding) flags |= FLAG_CODED_BODIES;
    }
    encodeHead(target, at, this.id, record.length, bodiesLength, flags);
  }
}

/** Whether a setter has registered a change, so that the flow need not be compared with its record. */
function isMarkedChanged(flow: Flow): boolean {
  return flow.type === 'http' && (flow.request.changed || flow.response?.changed === true);
}

function copied({ head, storedMetadata }: NativeSource): Encoded {
  return { head, metadata: storedMetadata, length: storedMetadata.length, flag: 0 };
}

/** Preserves bodies of kinds that this version does not know. */
function addUnknownBodies(bodies: ListedBody[], read: readonly ListedBody[]): void {
  for (const { entry, source } of read) {
    if (BODY_KINDS.includes(entry.kind)) continue;
    const kept = source ? {} : { length: 0, coding: undefined, crc: 0 };
    bodies.push({ entry: { ...entry, ...kept }, source });
  }
}
