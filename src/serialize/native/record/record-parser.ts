import type { ByteSource } from '../../../flow/body/body.js';
import type { Flow } from '../../../flow/flow.js';
import { plural } from '../../../flow/text/plural.js';
import type { Compression } from '../../compression/codec.js';
import type { Input } from '../../input/input.js';
import type { ReadOptions } from '../../input/read-options.js';
import type { ReadChains } from '../../shared/certificates.js';
import { FieldError } from '../../shared/field-error.js';
import { Slab } from '../../shared/slab.js';
import type { ListedBody } from '../bodies/body-list.js';
import { CodedBody } from '../bodies/coded-body.js';
import { FlowDecoder } from '../flow-decoder.js';
import { metadataCoding, unpackMetadata } from '../metadata/metadata-coding.js';
import { NativeSource } from '../native-source.js';
import { HEAD_SIZE, METADATA_VERSION, type RecordHead } from './record.js';
import type { RecordDamage } from './record-damage.js';

/** Decodes flows from the records of an input. */
export class RecordParser {
  private readonly decoder: FlowDecoder;
  private readonly slab = new Slab();

  /** @param chains known certificate chains; new ones are added */
  constructor(
    private readonly input: Input,
    private readonly damage: RecordDamage,
    chains?: ReadChains,
    private readonly options: Pick<ReadOptions, 'mayChange' | 'releasesFlows'> = {},
  ) {
    this.decoder = new FlowDecoder(chains, options.mayChange);
  }

  /**
   * Decodes the metadata of the record at the input's position.
   * @param length of head and metadata
   * @param recovered whether the record was found after damage
   * @returns undefined if the metadata is invalid
   */
  parse(head: RecordHead, length: number, recovered: boolean): NativeSource | undefined {
    const { input, slab, decoder } = this;
    const offset = input.start + input.at;
    const shared = this.options.releasesFlows === true;
    const start = shared ? input.at : slab.copy(input.buffer, input.at, length);
    const end = start + length;
    const bytes = shared ? input.buffer : slab.bytes;
    let coding: Compression | undefined;
    let unpacked: Buffer | undefined;
    try {
      coding = metadataCoding(head.flags);
      if (coding) unpacked = this.keep(unpackMetadata(bytes.subarray(start + HEAD_SIZE, end), coding));
    } catch (error) {
      this.damage.metadata(offset, error);
      return undefined;
    }
    try {
      if (unpacked) decoder.open(unpacked, 0, unpacked.length);
      else decoder.open(bytes, start + HEAD_SIZE, end);
      if (decoder.version < METADATA_VERSION + 1) {
        const bodies = this.listBodies(offset, length, head.bodiesLength);
        return new NativeSource(bytes, start, end, bodies, offset, recovered, input, coding, unpacked);
      }
      this.damage.newerVersion(offset, decoder.version);
    } catch (error) {
      if (decoder.version < METADATA_VERSION + 1) this.damage.metadata(offset, error);
      else this.damage.newerVersion(offset, decoder.version);
    }
    return undefined;
  }

  /** Copies metadata, to free the larger buffer of zlib. */
  private keep(unpacked: Buffer): Buffer {
    const start = this.slab.copy(unpacked, 0, unpacked.length);
    return this.slab.bytes.subarray(start, start + unpacked.length);
  }

  /** @throws FieldError if the lengths of the bodies do not add up to the total */
  private listBodies(offset: number, length: number, total: number): ListedBody[] {
    const { input } = this;
    const entries = this.decoder.bodies;
    let sum = 0;
    for (const { length } of entries) sum += length;
    if (sum !== total) throw new FieldError('bodies', `a list of ${plural(total, 'byte')}`);
    const bodies: ListedBody[] = [];
    if (entries.length === 0) return bodies;
    const onDamage = (reason?: string) => this.damage.body(offset, reason);
    let at = offset + length;
    for (const entry of entries) {
      let source: ByteSource | undefined;
      if (entry.coding) source = new CodedBody(input, at, entry, onDamage);
      else if (entry.length > 0) source = input.body(at, entry.length, entry.crc, onDamage);
      at += entry.length;
      bodies.push({ entry, source });
    }
    return bodies;
  }

  /**
   * The flow of the last parsed record.
   * @param bodies of the record, or their replacements
   * @returns undefined if its type is unknown to this version
   * @throws FieldError if a required value is missing
   */
  flow(bodies: readonly ListedBody[]): Flow | undefined {
    return this.decoder.flow(bodies);
  }
}
