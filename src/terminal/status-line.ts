import type { Terminal } from './terminal.js';
import { fitWidth } from './width.js';

/** A line at the bottom of a terminal that is replaced again and again, below what is printed. */
export class StatusLine {
  private text = '';

  /** @param terminal where it is shown */
  constructor(private readonly terminal: Terminal) {}

  /** Replaces the text; an empty one removes the line. */
  set(text: string): void {
    if (text === '' && this.text === '') return;
    this.text = text;
    this.terminal.out.overwrite(CLEAR + this.shown);
  }

  /** Puts complete lines above the status. */
  below(lines: string): string {
    if (this.text === '') return lines;
    return CLEAR + lines + (lines.endsWith('\n') ? this.shown : '');
  }

  /** The text, cut so that it does not wrap. */
  private get shown(): string {
    return fitWidth(this.text, Math.max(1, (this.terminal.columns() ?? 80) - 1));
  }
}

/** To the first column, and erases the line (ECMA-48 EL). */
const CLEAR = '\r\x1b[K';
