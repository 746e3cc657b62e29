import type { Terminal } from './terminal.js';
import { fitWidth } from './width.js';

/** A status line at the bottom of a terminal, below the output. */
export class StatusLine {
  private text = '';
  /** Whether the output ends within a line, which must not be erased. */
  private inLine = false;

  /** @param terminal on which it is shown */
  constructor(private readonly terminal: Terminal) {}

  /** Replaces the text; an empty one removes the line. */
  set(text: string): void {
    if (text === '' && this.text === '') return;
    this.text = text;
    if (!this.inLine) this.terminal.out.overwrite(CLEAR + this.shown);
  }

  /** Returns the text that prints lines above the status. */
  below(lines: string): string {
    const before = this.text === '' || this.inLine ? '' : CLEAR;
    this.inLine = !lines.endsWith('\n');
    return before + lines + (this.text === '' || this.inLine ? '' : this.shown);
  }

  /** The text, cut so that it does not wrap. */
  private get shown(): string {
    return fitWidth(this.text, Math.max(1, (this.terminal.columns() || 80) - 1));
  }
}

/** Returns to the first column and erases the line (ECMA-48 EL). */
const CLEAR = '\r\x1b[K';
