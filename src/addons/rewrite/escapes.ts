import type { SourceChar } from '../../regex/index.js';
import { type Spec, SpecError, type SpecPart, sourceOf } from './spec.js';

const LETTERS: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** Escapes that are kept for the parser of a regex or a template. */
export interface KeptEscapes {
  /** `\b` is a word boundary. */
  readonly boundaries?: true;
  /** `\1` to `\99` refer to groups. */
  readonly references?: true;
}

/**
 * Undoes the escapes of a part of a spec, which are those of Python's bytes literals. Unknown escapes are kept, with their
 * backslash.
 * @returns bytes as latin1, with their offsets in the spec
 * @throws SpecError
 */
export function unescapePart(spec: Spec, part: SpecPart, kept: KeptEscapes = {}): SourceChar[] {
  return new Unescaper(spec, sourceOf(part)[0], kept).run();
}

/** The characters as bytes. */
export function bytesOf(chars: readonly SourceChar[]): Buffer {
  return Buffer.from(chars.map(({ char }) => char).join(''), 'latin1');
}

class Unescaper {
  private readonly result: SourceChar[] = [];
  private at = 0;

  constructor(
    private readonly spec: Spec,
    private readonly source: readonly SourceChar[],
    private readonly kept: KeptEscapes,
  ) {}

  run(): SourceChar[] {
    while (this.at < this.source.length) {
      const { char, offset } = this.source[this.at++]!;
      if (char === '\\') this.escape(offset);
      else this.result.push({ char, offset });
    }
    return this.result;
  }

  private escape(offset: number): void {
    const char = this.source[this.at++]?.char;
    if (char === undefined) throw new SpecError(this.spec.text, offset, 'a lone \\ at the end of a part');
    if (char === '\n') return;
    if (char === 'x') this.hexadecimal(offset);
    else if (/[0-7]/.test(char)) this.octal(char, offset);
    else if (LETTERS[char] !== undefined && !(char === 'b' && this.kept.boundaries)) {
      this.result.push({ char: LETTERS[char], offset });
    } else this.keep(offset, char);
  }

  private hexadecimal(offset: number): void {
    const digits = this.text(this.at, 2);
    if (!/^[0-9a-f]{2}$/i.test(digits)) throw new SpecError(this.spec.text, offset, '\\x needs two hexadecimal digits');
    this.at += 2;
    this.result.push({ char: String.fromCharCode(Number.parseInt(digits, 16)), offset });
  }

  private octal(first: string, offset: number): void {
    const digits = /^[0-7]{1,3}/.exec(this.text(this.at - 1, 3))![0];
    // As in a regex: a leading 0 or three digits denote a byte, other digits a group.
    if (this.kept.references && first !== '0' && digits.length < 3) {
      this.keep(offset, first);
      return;
    }
    this.at += digits.length - 1;
    this.result.push({ char: String.fromCharCode(Number.parseInt(digits, 8) & 0xff), offset });
  }

  private keep(offset: number, char: string): void {
    this.result.push({ char: '\\', offset }, { char, offset: offset + 1 });
  }

  private text(at: number, length: number): string {
    return this.source
      .slice(at, at + length)
      .map(({ char }) => char)
      .join('');
  }
}
