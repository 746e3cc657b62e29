import type { BytesFinder } from './finder.js';
import type { Groups } from './parse.js';
import { isDigit, isOctalDigit } from './regex-cursor.js';
import { RegexError, type SourceChar } from './syntax.js';

/** Text, or the number of a group. */
type Part = Buffer | number;

/** A replacement for matches: text and references to groups, as in Python's `re.sub`. */
export class Template {
  private constructor(private readonly parts: readonly Part[]) {}

  /** Text without references to groups. */
  static literal(text: Buffer): Template {
    return new Template([text]);
  }

  /**
   * Reads `\1`, `\g<1>`, `\g<name>` and Python's escapes.
   * @param source bytes as latin1 @param length of the original text
   * @throws RegexError for an unknown group or escape
   */
  static parse(source: readonly SourceChar[], length: number, groups: Groups): Template {
    return new Template(new TemplateParser(source, length, groups).parts());
  }

  /**
   * Replaces all matches.
   * @returns the same buffer without matches
   * @throws SearchLimitError
   */
  replace(bytes: Buffer, finder: BytesFinder): Buffer {
    let written: Writing | undefined;
    let end = 0;
    for (const match of finder.matches(bytes, this.refersToGroups)) {
      written ??= new Writing(bytes.length);
      written.add(bytes, end, match[0]!);
      for (const part of this.parts) {
        if (typeof part !== 'number') written.add(part, 0, part.length);
        else if (match[2 * part]! >= 0) written.add(bytes, match[2 * part]!, match[2 * part + 1]!);
      }
      end = match[1]!;
    }
    if (!written) return bytes;
    written.add(bytes, end, bytes.length);
    return written.bytes;
  }

  private get refersToGroups(): boolean {
    return this.parts.some((part) => typeof part === 'number' && part > 0);
  }
}

/** A growing buffer for the result. */
class Writing {
  private memory: Buffer;
  private length = 0;

  /** @param size the expected size of the result */
  constructor(size: number) {
    this.memory = Buffer.allocUnsafe(size + 64);
  }

  add(from: Buffer, start: number, end: number): void {
    const length = this.length + end - start;
    if (length > this.memory.length) {
      const larger = Buffer.allocUnsafe(2 * length);
      this.memory.copy(larger, 0, 0, this.length);
      this.memory = larger;
    }
    from.copy(this.memory, this.length, start, end);
    this.length = length;
  }

  get bytes(): Buffer {
    return this.memory.subarray(0, this.length);
  }
}

/** Python's escapes in a template, except octal ones. */
const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

class TemplateParser {
  private at = 0;
  private readonly found: Part[] = [];
  private text = '';

  constructor(
    private readonly source: readonly SourceChar[],
    private readonly length: number,
    private readonly groups: Groups,
  ) {}

  parts(): Part[] {
    for (let char = this.take(); char !== undefined; char = this.take()) {
      if (char === '\\') this.escape();
      else this.text += char;
    }
    this.endText();
    return this.found;
  }

  private escape(): void {
    const start = this.at - 1;
    const char = this.take();
    if (char === undefined) throw this.error('a lone \\ at the end', start);
    if (char === 'g') this.group(this.groupName(start), start);
    else if (isDigit(char)) this.number(char, start);
    else if (ESCAPES[char] !== undefined) this.text += ESCAPES[char];
    else if (/[a-z]/i.test(char)) throw this.error(`there is no escape \\${char}`, start);
    else this.text += `\\${char}`;
  }

  /** Three octal digits, or a 0 and up to two more, denote a byte; otherwise one or two digits denote a group. */
  private number(first: string, start: number): void {
    let digits = first;
    if (first === '0') {
      while (digits.length < 3 && isOctalDigit(this.next)) digits += this.take();
      this.text += String.fromCharCode(Number.parseInt(digits, 8));
      return;
    }
    if (isDigit(this.next)) digits += this.take();
    if (digits.length === 2 && [...digits, this.next].every(isOctalDigit)) {
      const code = Number.parseInt(digits + this.take(), 8);
      if (code > 0o377) throw this.error('an octal escape is \\377 at most', start);
      this.text += String.fromCharCode(code);
      return;
    }
    this.group(digits, start);
  }

  private groupName(start: number): string {
    if (this.take() !== '<') throw this.error('\\g needs the name of a group in < >', start);
    let name = '';
    for (let char = this.take(); char !== '>'; char = this.take()) {
      if (char === undefined) throw this.error('the name of the group does not end with >', start);
      name += char;
    }
    return name;
  }

  private group(name: string, start: number): void {
    const number = /^[0-9]+$/.test(name) ? Number(name) : this.groups.names.get(name);
    if (number === undefined || number > this.groups.count) {
      throw this.error(`there is no group ${name || 'without a name'}`, start);
    }
    this.endText();
    this.found.push(number);
  }

  private endText(): void {
    if (this.text !== '') this.found.push(Buffer.from(this.text, 'latin1'));
    this.text = '';
  }

  /** The next character; empty at the end. */
  private get next(): string {
    return this.source[this.at]?.char ?? '';
  }

  private take(): string | undefined {
    return this.source[this.at++]?.char;
  }

  private error(message: string, at: number): RegexError {
    return new RegexError(message, this.source[at]?.offset ?? this.length);
  }
}
