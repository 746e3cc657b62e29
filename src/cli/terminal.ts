import type { WriteStream } from 'node:tty';
import { loadStyles, type Styles } from '../addons/display/styles.js';
import { LineSink, type LineSinkOptions } from '../addons/line-sink.js';

/** stdout or stderr as a place for readable lines. */
export interface Terminal {
  readonly out: LineSink;
  readonly styles: Styles;
  /** Width; undefined if it is no terminal. */
  readonly columns: number | undefined;
}

/** Colours are for terminals only, and not where `NO_COLOR` (no-color.org) is set. */
export async function openTerminal(stream: WriteStream, options?: LineSinkOptions): Promise<Terminal> {
  const color = stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  return {
    out: new LineSink(stream, options),
    styles: await loadStyles(color),
    columns: stream.isTTY ? stream.columns : undefined,
  };
}
