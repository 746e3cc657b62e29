import { Decoding } from '../../flow/body/decoding.js';
import type { DamageLog } from '../input/damage.js';
import type { Input } from '../input/input.js';
import { scanFor } from '../input/scan.js';
import type { FileCompression } from './recognise.js';
import { decompressBeginning } from './recognise.js';

/** Bytes that are decompressed at a time. */
const PIECE = 16 * 1024;
/** The same for an input that can be read only once, where the output of a damaged piece is lost. */
const PIECE_ONCE = 2 * 1024;
/** Bytes of a possible stream that are decompressed to check it. */
const TRIAL = 4 * 1024;
/** A stream of fewer bytes holds no flow. */
const SHORTEST = 64;
/** Damage may be detected up to this many bytes late: stored blocks of gzip carry no redundancy. */
const UNNOTICED = 128 * 1024;

/** The result of decompressing one stream. */
interface Outcome {
  /** Offset of its end in the input, or of the damage. */
  offset: number;
  /** Bytes of its output. */
  given: number;
  state: 'whole' | 'damaged' | 'cut off';
  /** Size of the input piece that contains the damage. */
  failed: number;
}

/** A place in the input where a stream seems to begin. */
interface Seam {
  offset: number;
  /** Output bytes of the streams before it. */
  given: number;
}

/**
 * Decompresses a whole input, which may consist of several streams (`cat`, `gzip -c >>`). Damage is reported with its
 * offset in the compressed input; the search for the next stream continues after it.
 */
export class Decompression {
  /** Bytes of output so far. */
  given = 0;
  private more = true;
  /** Recent seams. A decompressor continues with an adjoining stream by itself. */
  private seams: Seam[] = [];

  /** @param recognises whether a flow file begins like this; required of streams found after damage */
  constructor(
    private readonly input: Input,
    private readonly compression: FileCompression,
    private readonly damage: DamageLog,
    private readonly recognises: (beginning: Buffer) => boolean,
  ) {}

  /**
   * Yields one run of output without a gap and, after each damage, the next. Each run has to be consumed before the
   * next one.
   * @throws DamageError with `strict`, CompressionMissingError
   */
  async *runs(): AsyncGenerator<AsyncGenerator<Buffer>> {
    while (this.more) {
      this.more = false;
      yield this.run();
    }
  }

  private async *run(): AsyncGenerator<Buffer> {
    const { input, compression, damage } = this;
    for (;;) {
      const begin = this.offset;
      this.seams = [];
      let outcome = yield* this.decode(0, Number.POSITIVE_INFINITY);
      if (outcome.state === 'damaged' && input.back(begin)) {
        // zlib drops the output of the piece in which it finds damage. Repeating that piece byte by byte loses almost
        // nothing.
        this.seams = [];
        outcome = yield* this.decode(outcome.given, outcome.offset);
      }
      const { state, offset } = outcome;
      if (state === 'whole') {
        if (await this.follows()) continue;
        return;
      }
      const what = state === 'damaged' ? `is damaged at offset ${offset}` : `is cut off: it ends at offset ${offset}`;
      const kind = state === 'damaged' ? 'garbage' : 'truncated';
      damage.reportCompressed(kind, offset, `the ${compression.name} data ${what}`);
      this.more = await this.findNext(begin, outcome);
      return;
    }
  }

  private get offset(): number {
    return this.input.start + this.input.at;
  }

  /**
   * Decompresses the stream at the input's position, and moves past it or to its damage.
   * @param skip bytes of output that were already yielded
   * @param slowFrom input offset from which pieces are single bytes
   */
  private async *decode(skip: number, slowFrom: number): AsyncGenerator<Buffer, Outcome> {
    const { input } = this;
    const decoding = new Decoding(this.compression.decompressor());
    const size = input.once ? PIECE_ONCE : PIECE;
    const begin = this.offset;
    let given = 0;
    try {
      for (;;) {
        const piece = await this.piece(this.offset < slowFrom ? size : 1, given);
        for await (const chunk of piece ? decoding.write(piece) : decoding.end()) {
          const news = chunk.subarray(Math.max(0, skip - given));
          given += chunk.length;
          this.given += news.length;
          if (news.length > 0) yield news;
        }
        if (decoding.failure) {
          return { offset: this.offset, given, state: piece ? 'damaged' : 'cut off', failed: piece?.length ?? 0 };
        }
        if (!piece) break;
        const taken = begin + decoding.taken - this.offset;
        input.at += taken;
        // Bytes that it did not consume follow the end of the stream.
        if (taken < piece.length || decoding.ended) break;
      }
      return { offset: this.offset, given, state: 'whole', failed: 0 };
    } finally {
      decoding.close();
    }
  }

  /**
   * The next piece of input. It ends where another stream seems to begin.
   * @param given output bytes of the streams before
   */
  private async piece(size: number, given: number): Promise<Buffer | undefined> {
    const { input } = this;
    const { magic } = this.compression;
    const buffered = input.buffer.length - input.at;
    if (buffered <= 0 && (await input.fill(1)) === 0) return undefined;
    if (!magic) return input.buffer.subarray(input.at, input.at + size);
    // If the window ends within a possible magic number, read the rest of it.
    const isDoubtful = magic.indexOf(input.buffer.subarray(input.at, input.at + magic.length)) === 0;
    if (isDoubtful && input.buffer.length - input.at < magic.length) await input.fill(magic.length);
    const { at, buffer } = input;
    if (buffer.subarray(at, at + magic.length).equals(magic)) this.noteSeam(given);
    const next = this.nextStream(buffer.subarray(at, at + size + magic.length - 1), magic);
    if (next > 0) return buffer.subarray(at, at + next);
    return buffer.subarray(at, Math.min(at + size, at + beforePartOf(magic, buffer.subarray(at))));
  }

  /** Offset, other than 0, at which a stream that can hold a flow seems to begin; -1 if the bytes have no such stream. */
  private nextStream(bytes: Buffer, magic: Buffer): number {
    for (let next = bytes.indexOf(magic, 1); next > 0; ) {
      const after = bytes.indexOf(magic, next + 1);
      if (!this.isShort(after - next)) return next;
      next = after;
    }
    return -1;
  }

  /**
   * Thousands of empty streams are passed to the decompressor together, as each write is costly.
   * @param length distance to the next possible stream
   */
  private isShort(length: number): boolean {
    return this.compression.takesSeveral && length > 0 && length < SHORTEST;
  }

  private noteSeam(given: number): void {
    const { offset, seams } = this;
    while (seams.length > 0 && seams[0]!.offset <= offset - UNNOTICED) seams.shift();
    seams.push({ offset, given });
  }

  /** Whether another stream directly follows a complete one. Zeros are padding. */
  private async follows(): Promise<boolean> {
    const { input, compression, damage } = this;
    for (;;) {
      const piece = await this.piece(PIECE, 0);
      if (!piece) return false;
      const used = piece.findIndex((byte) => byte !== 0);
      input.at += used < 0 ? piece.length : used;
      if (used >= 0) break;
    }
    const { offset } = this;
    await input.fill(TRIAL);
    if (compression.begins(input.buffer.subarray(input.at))) return true;
    damage.reportCompressed('garbage', offset, `the data at offset ${offset} is not ${compression.name} data`);
    this.more = await this.findNext(offset, { offset, given: 0, state: 'damaged', failed: 0 });
    return false;
  }

  /** Moves to the next stream after damage, or to a stream that began shortly before the damage was detected. */
  private async findNext(begin: number, outcome: Outcome): Promise<boolean> {
    const { input } = this;
    const { magic } = this.compression;
    if (!magic) return false;
    if (!input.back(Math.max(begin + 1, outcome.offset - UNNOTICED)) && this.offset === begin) input.at++;
    return scanFor(input, magic, async () => (await this.isStream()) && !(await this.wasDecompressed(outcome)));
  }

  /**
   * Whether the decompressor already ran into the stream at the input's position. If so, decompressing it again gives
   * the same output and the same damage.
   */
  private async wasDecompressed({ offset, given, failed }: Outcome): Promise<boolean> {
    const { input } = this;
    const seam = this.seams.find((one) => one.offset === this.offset);
    if (!seam) return false;
    const length = offset - seam.offset;
    if (input.buffer.length - input.at < length + failed) await input.fill(length + failed);
    // As before, each stream is written separately: the decompressor of Node.js 22 stops at the end of one.
    const ends = this.seams.map((one) => one.offset - seam.offset).filter((end) => end > 0 && end < length);
    const pieces = [...ends, length, length + failed].map((end, at, all) =>
      input.buffer.subarray(input.at + (all[at - 1] ?? 0), input.at + end),
    );
    const decoding = new Decoding(this.compression.decompressor());
    try {
      let again = 0;
      for (const bytes of pieces) {
        if (bytes.length === 0) continue;
        if (decoding.failure) return false;
        for await (const chunk of decoding.write(bytes)) again += chunk.length;
      }
      return again === given - seam.given && (failed === 0 || decoding.failure !== undefined);
    } finally {
      decoding.close();
    }
  }

  private async isStream(): Promise<boolean> {
    const { input } = this;
    if (input.buffer.length - input.at < TRIAL) await input.fill(TRIAL);
    const trial = input.buffer.subarray(input.at, input.at + TRIAL);
    if (this.isShort(trial.indexOf(this.compression.magic!, 1))) return false;
    return this.recognises(await decompressBeginning(trial, this.compression.decompressor()));
  }
}

/** Number of bytes before a possible prefix of the magic number at the end; at least one. */
function beforePartOf(magic: Buffer, bytes: Buffer): number {
  for (let part = magic.length - 1; part > 0; part--) {
    const at = bytes.length - part;
    if (at > 0 && bytes.subarray(at).equals(magic.subarray(0, part))) return at;
  }
  return bytes.length;
}
