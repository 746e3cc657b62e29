import { oneLine } from '../../flow/text/quote.js';

/** The end of messages about other files. */
export const FORMATS_READ = 'tsdump reads its own flow files and those of mitmproxy, HAR and JSON Lines';

/** Damage in a flow file. */
export interface Damage {
  /**
   * - `truncated`: the file ends within a record.
   * - `garbage`: bytes that are not a record, or cannot be decompressed.
   * - `metadata`: a record with a valid checksum but invalid metadata.
   * - `body`: a body with a wrong checksum.
   * - `flags`, `version`: written by a newer tsdump.
   * - `unrecognised`: no record at all.
   */
  kind: 'truncated' | 'garbage' | 'metadata' | 'body' | 'flags' | 'version' | 'unrecognised';
  /**
   * Offset of the damaged record or the garbage in the input. In a compressed input, a position in the decompressed bytes,
   * unless the compressed data is damaged; in UTF-16, a position in the text as UTF-8.
   */
  offset: number;
  /** Describes the damage, with the name of the input and the offset. */
  message: string;
}

/** Thrown at the first damage with `strict`. */
export class DamageError extends Error {
  override name = 'DamageError';
  constructor(readonly damage: Damage) {
    super(damage.message);
  }
}

/** Counts and reports the damage of one input. */
export class DamageLog {
  count = 0;
  /** Whether offsets are positions in the decompressed bytes. */
  decompressed = false;
  /** Whether offsets are positions in the text as UTF-8, although the input has another encoding. */
  inUtf8 = false;
  private first: DamageError | undefined;

  constructor(
    private readonly name: string,
    readonly strict: boolean,
    private readonly onDamage: (damage: Damage) => void,
  ) {}

  /** @throws DamageError with `strict` */
  report(kind: Damage['kind'], offset: number, what: string): void {
    this.add(kind, offset, this.named(what));
  }

  /** A message about a place in the input, with the input's name. */
  named(what: string): string {
    const view = `${this.decompressed ? ', decompressed' : ''}${this.inUtf8 ? ', in UTF-8' : ''}`;
    return `${this.name}${view}: ${what}`;
  }

  /** Reports damage of compressed data. @throws DamageError with `strict` */
  reportCompressed(kind: Damage['kind'], offset: number, what: string): void {
    this.add(kind, offset, `${this.name}: ${what}`);
  }

  /** Rethrows damage that the reader of a body has found. @throws DamageError with `strict` after damage */
  check(): void {
    if (this.strict && this.first) throw this.first;
  }

  /** Escapes control characters: names and quotes of damaged data can contain them. */
  private add(kind: Damage['kind'], offset: number, text: string): void {
    const message = oneLine(text);
    const damage: Damage = { kind, offset, message };
    this.count++;
    this.first ??= new DamageError(damage);
    this.check();
    this.onDamage(damage);
  }
}
