import { safeContentLine } from './safe-text.js';

/** A longer line is counted as several, so that a single line of megabytes is cut as well. */
const LINE_LENGTH = 1024;
/** This many consecutive empty lines are printed even if no text follows, to bound the count. */
const BLANK_LINES = 1000;
const INDENT = '    ';

/**
 * Formats content that arrives in pieces. Each line is indented by four spaces and stripped of control characters; empty lines
 * at both ends are dropped; one empty line precedes the first; lines beyond the limit are cut.
 */
export class ContentBlock {
  /** True once the limit was exceeded; further content is ignored. */
  cut = false;
  /** The part of the current line that was not printed yet. */
  private line = '';
  /** Characters of the current line that were printed. */
  private column = 0;
  private lines = 0;
  private blanks = 0;
  private empty = true;

  /**
   * @param put receives the output
   * @param maxLines maximum number of lines to print
   */
  constructor(
    private readonly put: (text: string) => void,
    private readonly maxLines = Number.POSITIVE_INFINITY,
  ) {}

  /** Adds text, with or without newlines. @returns false once the limit is exceeded */
  write(piece: string): boolean {
    let start = 0;
    for (;;) {
      const end = piece.indexOf('\n', start);
      this.line += piece.slice(start, end < 0 ? undefined : end);
      if (end < 0) break;
      this.endLine();
      if (this.cut) return false;
      start = end + 1;
    }
    if (this.line.length > LINE_LENGTH) this.putPart();
    return !this.cut;
  }

  /** Ends the content. */
  end(): void {
    if (!this.cut && this.line !== '') this.endLine();
    if (this.column > 0) this.put('\n');
  }

  /** Prints a line about the content, after its end. */
  note(line: string): void {
    if (this.empty) this.put('\n');
    this.empty = false;
    this.put(`${INDENT}${line}\n`);
  }

  /** Handles the end of the current line. */
  private endLine(): void {
    const text = this.line.endsWith('\r') ? this.line.slice(0, -1) : this.line;
    this.line = '';
    if (this.column === 0 && isBlank(text)) {
      if (this.empty) return;
      this.blanks++;
      if (this.blanks === BLANK_LINES) this.putBlanks();
      return;
    }
    if (text !== '') this.putText(text);
    if (this.cut) return;
    this.put('\n');
    this.lines += this.cost(this.column);
    this.column = 0;
  }

  /** Prints the beginning of a long line before its end has arrived. */
  private putPart(): void {
    // A trailing CR may be part of the line end.
    const held = this.line.endsWith('\r') ? '\r' : '';
    const text = held ? this.line.slice(0, -1) : this.line;
    this.line = held;
    this.putText(text);
  }

  private putText(text: string): void {
    this.putBlanks();
    if (this.cut) return;
    const room = (this.maxLines - this.lines) * LINE_LENGTH - this.column;
    if (room <= 0) {
      this.cut = true;
      return;
    }
    if (this.empty) this.put('\n');
    this.empty = false;
    const shown = text.length > room ? withoutHalfCharacter(text.slice(0, room)) : text;
    this.put((this.column === 0 ? INDENT : '') + safeContentLine(shown));
    this.column += shown.length;
    if (shown.length < text.length) this.cut = true;
  }

  private putBlanks(): void {
    const count = Math.min(this.blanks, this.maxLines - this.lines);
    if (count > 0) this.put(`${INDENT}\n`.repeat(count));
    if (count < this.blanks) this.cut = true;
    this.lines += count;
    this.blanks = 0;
  }

  private cost(length: number): number {
    return Math.max(1, Math.ceil(length / LINE_LENGTH));
  }
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

function withoutHalfCharacter(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last < 0xdc00 ? text.slice(0, -1) : text;
}
