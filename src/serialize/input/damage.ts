import { oneLine } from '../../flow/text/quote.js';

/** Something in a flow file that cannot be read. */
export interface Damage {
  /**
   * - `truncated`: the end is cut off.
   * - `garbage`: bytes that are no record, or cannot be decompressed.
   * - `metadata`: a record that checks, but says nothing that can be understood.
   * - `body`: a body that does not check.
   * - `flags`, `version`: of a newer tsdump.
   * - `unrecognised`: no record at all.
   */
  kind: 'truncated' | 'garbage' | 'metadata' | 'body' | 'flags' | 'version' | 'unrecognised';
  /**
   * Where the damaged record or the garbage begins, in bytes from the beginning of the input; of one that is compressed
   * as a whole, after decompressing, of UTF-16 in UTF-8, unless it is the compressed data itself that is damaged.
   */
  offset: number;
  /** What is the matter, with the name of the input and the offset. */
  message: string;
}

/** Thrown with `strict`, at the first damage. */
export class DamageError extends Error {
  override name = 'DamageError';
  constructor(readonly damage: Damage) {
    super(damage.message);
  }
}

/** Counts and passes on what was found in one input. */
export class DamageLog {
  count = 0;
  /** True if offsets are those after decompressing. */
  decompressed = false;
  /** True if offsets are those of the text in UTF-8, which the input is not. */
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

  /** For damage of the compressed data. @throws DamageError with `strict` */
  reportCompressed(kind: Damage['kind'], offset: number, what: string): void {
    this.add(kind, offset, `${this.name}: ${what}`);
  }

  /** For damage that somebody else ran into who read a body. @throws DamageError with `strict` if there was any */
  check(): void {
    if (this.strict && this.first) throw this.first;
  }

  /** Names and what damage quotes can have line ends and control characters. */
  private add(kind: Damage['kind'], offset: number, text: string): void {
    const message = oneLine(text);
    const damage: Damage = { kind, offset, message };
    this.count++;
    this.first ??= new DamageError(damage);
    this.check();
    this.onDamage(damage);
  }
}
