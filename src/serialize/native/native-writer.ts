import { randomBytes } from 'node:crypto';
import type { Flow } from '../../flow/flow.js';
import type { Sink } from '../sinks.js';
import { WriteQueue, type WriteQueueOptions } from '../write-queue.js';
import type { FlowWriter } from '../writer.js';
import { copyBodies, readChecksum, setChecksum } from './body-copy.js';
import { BODY_KINDS, bodiesOf, type ListedBody } from './body-list.js';
import { WrittenChains } from './certificates.js';
import { encodeFlow } from './encode-flow.js';
import { GeneralPacker } from './general-packer.js';
import { MessagePackEncoder } from './msgpack-encoder.js';
import { NativeSource } from './native-source.js';
import { encodeHead, HEAD_SIZE, METADATA_LIMIT } from './record.js';
import { keepUnknown, sameKnown } from './unknown-keys.js';

/** Metadata, of which `length` bytes count, and the head if it is there already. */
interface Encoded {
  head: Buffer | undefined;
  metadata: Buffer;
  length: number;
}

/**
 * Writes flows as records of the native flow file, each as a whole and in the order of the calls. A flow that comes
 * from such a file and is as it was is copied as bytes.
 */
export class NativeWriter implements FlowWriter {
  private readonly id = randomBytes(8);
  private readonly encoder = new MessagePackEncoder();
  private readonly packer = new GeneralPacker();
  private readonly chains = new WrittenChains();
  private readonly encoding = { leafOnly: this.chains.leafOnly, packFacts: this.packer.packFacts };
  private readonly queue: WriteQueue;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly sink: Sink,
    options: WriteQueueOptions,
  ) {
    this.queue = new WriteQueue(sink, options);
  }

  write(flow: Flow): undefined | Promise<void> {
    if (this.closing) throw new Error(`${this.sink.name} is closed`);
    if (this.queue.failed) return undefined;
    const source = flow.source instanceof NativeSource ? flow.source : undefined;
    const bodies = bodiesOf(flow);
    if (source) addUnknownBodies(bodies, source.bodies);
    let known = true;
    for (const body of bodies) known = setChecksum(body, source?.crcOf(body.source)) && known;
    const pending = known ? this.append(flow, source, bodies) : this.appendLater(flow, source, bodies);
    this.queue.commit();
    return pending ?? this.queue.backlog;
  }

  get size(): number {
    return this.queue.size;
  }

  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async finish(): Promise<void> {
    await this.queue.drained();
    try {
      await this.sink.close();
    } catch (error) {
      this.queue.fail(error);
    }
  }

  private append(flow: Flow, source: NativeSource | undefined, bodies: ListedBody[]): undefined | Promise<void> {
    const record = this.encode(flow, source, bodies);
    const at = this.queue.reserve(HEAD_SIZE + record.length);
    this.put(record, this.queue.bytes, at, bodies);
    for (const [index, { entry, source: body }] of bodies.entries()) {
      if (!body || entry.length === 0) continue;
      const bytes = body.buffer;
      if (!bytes) return this.queue.run((write) => copyBodies(bodies.slice(index), write));
      this.queue.add(bytes);
    }
    return undefined;
  }

  /** For bodies whose CRC is only known when they were read once. */
  private appendLater(flow: Flow, source: NativeSource | undefined, bodies: ListedBody[]): Promise<void> {
    return this.queue.run(async (write) => {
      for (const body of bodies) await readChecksum(body);
      // What was called later may already stand for what is written now.
      this.chains.clear();
      const record = this.encode(flow, source, bodies);
      const bytes = Buffer.allocUnsafe(HEAD_SIZE + record.length);
      this.put(record, bytes, 0, bodies);
      await write(bytes);
      await copyBodies(bodies, write);
    });
  }

  /** Head and metadata of the record that the flow comes from, if it still says everything; else new metadata. */
  private encode(flow: Flow, source: NativeSource | undefined, bodies: readonly ListedBody[]): Encoded {
    if (source?.untouched && this.chains.areComplete(flow, source.metadata)) return copied(source);
    const { encoder } = this;
    encoder.reset();
    try {
      encodeFlow(encoder, flow, bodies, this.encoding);
      if (encoder.length > METADATA_LIMIT) throw new Error(`Flow ${flow.id} has more metadata than fits into a record`);
    } catch (error) {
      this.chains.clear();
      throw error;
    }
    const made = { head: undefined, metadata: encoder.bytes, length: encoder.length };
    if (!source) return made;
    if (source.hasMetadata(made.metadata, made.length)) return { ...made, head: source.head };
    return this.merge(made, source);
  }

  /** For a flow that was changed, or whose metadata another program wrote in another way. */
  private merge(made: Encoded, source: NativeSource): Encoded {
    const own = this.packer.unpack(made.metadata.subarray(0, made.length));
    const read = this.packer.unpack(source.metadata);
    if (sameKnown(own, read)) return copied(source);
    keepUnknown(own, read);
    const metadata = this.packer.pack(own);
    return { head: undefined, metadata, length: metadata.length };
  }

  private put(record: Encoded, target: Buffer, at: number, bodies: readonly ListedBody[]): void {
    record.metadata.copy(target, at + HEAD_SIZE, 0, record.length);
    if (record.head) {
      record.head.copy(target, at);
      return;
    }
    let bodiesLength = 0;
    for (const { entry } of bodies) bodiesLength += entry.length;
    encodeHead(target, at, this.id, record.length, bodiesLength);
  }
}

function copied({ head, metadata }: NativeSource): Encoded {
  return { head, metadata, length: metadata.length };
}

/** Bodies of kinds that this version does not know go from record to record. */
function addUnknownBodies(bodies: ListedBody[], read: readonly ListedBody[]): void {
  for (const listed of read) if (!BODY_KINDS.includes(listed.entry.kind)) bodies.push(listed);
}
