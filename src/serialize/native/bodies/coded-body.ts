import type { ByteSource } from '../../../flow/body/body.js';
import { Decoding } from '../../../flow/body/decoding.js';
import { plural } from '../../../flow/text/plural.js';
import { type Compression, codecOf } from '../../compression/codec.js';
import type { Input } from '../../input/input.js';
import type { BodyEntry } from './body-list.js';

/** Bodies up to this size are decompressed in one call rather than piece by piece. */
const SMALL = 64 * 1024;

/** A compressed body in a flow file, decompressed on demand. If it is damaged, only the bytes before the damage can be read. */
export class CodedBody implements ByteSource {
  /** Size after decompressing. */
  readonly size: number;
  readonly coding: Compression;
  /** The compressed bytes in the record. */
  readonly stored: ByteSource;
  /** Their expected CRC-32. */
  readonly storedCrc: number;
  /** Whether decompressing failed or the CRC did not match. */
  damaged = false;
  private plain: Buffer | undefined;

  /** @param entry has a coding @param onDamage called once; without a reason if the CRC does not match */
  constructor(
    input: Input,
    offset: number,
    entry: BodyEntry,
    private readonly onDamage: (reason?: string) => void,
  ) {
    this.size = entry.decodedLength;
    this.coding = entry.coding!;
    this.storedCrc = entry.crc;
    this.stored = input.body(offset, entry.length, entry.crc, () => this.reportDamage());
  }

  get buffer(): Buffer | undefined {
    if (this.plain || this.size > SMALL) return this.plain;
    const stored = this.stored.buffer;
    if (stored && !this.damaged) this.plain = this.decompress(stored);
    return this.plain;
  }

  async *read(): AsyncGenerator<Buffer> {
    const { buffer } = this;
    if (buffer) yield buffer;
    else yield* this.decode();
  }

  release(): void {
    this.plain = undefined;
    this.stored.release();
  }

  reportDamage(reason?: string): void {
    if (this.damaged) return;
    this.damaged = true;
    this.onDamage(reason);
  }

  /** @returns undefined if the data is damaged; `decode` then yields the readable bytes */
  private decompress(stored: Buffer): Buffer | undefined {
    try {
      const plain = codecOf(this.coding).decompress(stored, this.size);
      return plain.length === this.size ? plain : undefined;
    } catch {
      return undefined;
    }
  }

  private async *decode(): AsyncGenerator<Buffer> {
    const decoding = this.begin();
    if (!decoding) return;
    let size = 0;
    try {
      for await (const piece of this.pieces(decoding)) {
        for await (const chunk of piece) {
          size += chunk.length;
          if (size > this.size) return this.reportDamage(`it is longer than ${plural(this.size, 'byte')}`);
          yield chunk;
        }
      }
    } finally {
      decoding.close();
    }
    if (decoding.failure) this.reportDamage(decoding.failure.message);
    else if (size < this.size) this.reportDamage(`it has ${plural(size, 'byte')} instead of ${this.size}`);
  }

  private begin(): Decoding | undefined {
    try {
      return new Decoding(codecOf(this.coding).decompressor());
    } catch (error) {
      this.reportDamage((error as Error).message);
      return undefined;
    }
  }

  /** The output of each piece of the stored bytes. All pieces are read, even after damage, as the CRC is checked at the end. */
  private async *pieces(decoding: Decoding): AsyncGenerator<AsyncIterable<Buffer>> {
    for await (const piece of this.stored.read()) if (decoding.open) yield decoding.write(piece);
    yield decoding.end();
  }
}

/** The bytes of a body as stored in a flow file. */
export function storedBytes(source: ByteSource | undefined): ByteSource | undefined {
  return source instanceof CodedBody ? source.stored : source;
}
