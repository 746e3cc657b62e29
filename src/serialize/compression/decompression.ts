import { Decoding } from '../../flow/body/decoding.js';
import type { DamageLog } from '../input/damage.js';
import type { Input } from '../input/input.js';
import { scanFor } from '../input/scan.js';
import { decompressBeginning } from './beginning.js';
import type { FileCompression } from './recognise.js';

/** Bytes that are decompressed at a time. */
const PIECE = 16 * 1024;
/** The same of an input that cannot be read again: what was in the piece with the damage is lost. */
const PIECE_ONCE = 2 * 1024;
/** Bytes of what looks like a stream that are tried. */
const TRIAL = 4 * 1024;
/** A stream of fewer bytes holds no flow. */
const SHORTEST = 64;
/** Damage may be noticed so many bytes later: a block of gzip that is stored as it is says nothing of what it holds. */
const UNNOTICED = 128 * 1024;

/** How far a compressed stream was understood. */
interface Outcome {
  /** Where it ends in the input, or is damaged. */
  offset: number;
  /** Bytes that came out of it. */
  given: number;
  state: 'whole' | 'damaged' | 'cut off';
  /** Bytes of the piece in which the damage is. */
  failed: number;
}

/** A place in the input where a stream seems to begin. */
interface Seam {
  offset: number;
  /** Bytes that had come out of the streams before. */
  given: number;
}

/**
 * Decompresses a whole input, in which several streams may follow each other (`cat`, `gzip -c >>`). Damage is reported
 * with its offset in the compressed input. Behind it the next stream is looked for.
 */
export class Decompression {
  /** Bytes that came out so far. */
  given = 0;
  private more = true;
  /** Those that were passed lately: a decompressor goes on by itself with a stream that follows another. */
  private seams: Seam[] = [];

  /** @param recognises whether a flow file begins like this: what is found behind damage has to */
  constructor(
    private readonly input: Input,
    private readonly compression: FileCompression,
    private readonly damage: DamageLog,
    private readonly recognises: (beginning: Buffer) => boolean,
  ) {}

  /**
   * What can be decompressed without a gap; then, behind damage, what follows. Each has to be read before the next.
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
        // What zlib made of the piece in which it met the damage is lost. Of pieces of one byte that is next to nothing.
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
   * Decompresses a stream from where the input stands, and moves behind it, or to where it is damaged.
   * @param skip so many bytes of what comes out were handed out before
   * @param slowFrom from this offset on it goes byte by byte
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
        // What it does not take stands behind its end.
        if (taken < piece.length || decoding.ended) break;
      }
      return { offset: this.offset, given, state: 'whole', failed: 0 };
    } finally {
      decoding.close();
    }
  }

  /**
   * What is to be decompressed next. A stream that seems to begin in it begins a piece of its own.
   * @param given bytes that came out of what is before
   */
  private async piece(size: number, given: number): Promise<Buffer | undefined> {
    const { input } = this;
    const { magic } = this.compression;
    const there = input.buffer.length - input.at;
    if (there <= 0 && (await input.fill(1)) === 0) return undefined;
    if (!magic) return input.buffer.subarray(input.at, input.at + size);
    // Where the window ends within what may be a beginning, more of it is needed.
    const isDoubtful = magic.indexOf(input.buffer.subarray(input.at, input.at + magic.length)) === 0;
    if (isDoubtful && input.buffer.length - input.at < magic.length) await input.fill(magic.length);
    const { at, buffer } = input;
    if (buffer.subarray(at, at + magic.length).equals(magic)) this.noteSeam(given);
    const next = this.nextStream(buffer.subarray(at, at + size + magic.length - 1), magic);
    if (next > 0) return buffer.subarray(at, at + next);
    return buffer.subarray(at, Math.min(at + size, at + beforePartOf(magic, buffer.subarray(at))));
  }

  /** Where in these bytes, and not at their beginning, a stream seems to begin that can hold a flow; -1 if none does. */
  private nextStream(bytes: Buffer, magic: Buffer): number {
    for (let next = bytes.indexOf(magic, 1); next > 0; ) {
      const after = bytes.indexOf(magic, next + 1);
      if (!this.isShort(after - next)) return next;
      next = after;
    }
    return -1;
  }

  /**
   * Streams that hold nothing, by the thousand, are given to the decompressor together, as each write takes its time.
   * @param length up to where the next stream seems to begin
   */
  private isShort(length: number): boolean {
    return this.compression.takesSeveral && length > 0 && length < SHORTEST;
  }

  private noteSeam(given: number): void {
    const { offset, seams } = this;
    while (seams.length > 0 && seams[0]!.offset <= offset - UNNOTICED) seams.shift();
    seams.push({ offset, given });
  }

  /** Whether another stream follows one that is whole, without a gap. Zeros are padding. */
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

  /** Moves to the next stream behind the damage of one, or in the last piece of it that can still be had. */
  private async findNext(begin: number, outcome: Outcome): Promise<boolean> {
    const { input } = this;
    const { magic } = this.compression;
    if (!magic) return false;
    if (!input.back(Math.max(begin + 1, outcome.offset - UNNOTICED)) && this.offset === begin) input.at++;
    return scanFor(input, magic, async () => (await this.isStream()) && !(await this.wasRead(outcome)));
  }

  /**
   * Whether the stream at which the input stands is one that the decompressor went on with by itself: then it comes to
   * the same damage with the same bytes.
   */
  private async wasRead({ offset, given, failed }: Outcome): Promise<boolean> {
    const { input } = this;
    const seam = this.seams.find((one) => one.offset === this.offset);
    if (!seam) return false;
    const length = offset - seam.offset;
    if (input.buffer.length - input.at < length + failed) await input.fill(length + failed);
    const whole = input.buffer.subarray(input.at, input.at + length);
    const piece = input.buffer.subarray(input.at + length, input.at + length + failed);
    const decoding = new Decoding(this.compression.decompressor());
    try {
      let again = 0;
      for (const bytes of [whole, piece]) {
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

/** How many of these bytes stand before what may be the first part of the magic at their end; at least one. */
function beforePartOf(magic: Buffer, bytes: Buffer): number {
  for (let part = magic.length - 1; part > 0; part--) {
    const at = bytes.length - part;
    if (at > 0 && bytes.subarray(at).equals(magic.subarray(0, part))) return at;
  }
  return bytes.length;
}
