import type { Style } from '../../terminal/styles.js';
import { displayWidth, fitWidth } from '../../terminal/width.js';

/** A cell of a table. */
export interface AlignedCell {
  text: string;
  style?: Style;
}

export interface TableColumn {
  title: string;
  /** Align to the right, as for numbers. */
  right?: boolean;
}

const GAP = '  ';

/**
 * Formats aligned cells below their titles.
 * @param width of a line in columns; the last cell is cut to fit. Undefined for no limit.
 */
export function alignColumns(
  columns: readonly TableColumn[],
  rows: readonly (readonly AlignedCell[])[],
  titleStyle: Style,
  width?: number,
): string {
  const titles = columns.map(({ title }): AlignedCell => ({ text: title, style: titleStyle }));
  const all = [titles, ...rows];
  const widths = columns.map((_, at) => Math.max(...all.map((row) => displayWidth(row[at]!.text))));
  return all.map((row) => `${lineOf(columns, widths, row, width)}\n`).join('');
}

function lineOf(
  columns: readonly TableColumn[],
  widths: readonly number[],
  row: readonly AlignedCell[],
  width?: number,
): string {
  let used = 0;
  let line = '';
  for (const [at, { text, style }] of row.entries()) {
    const last = at === columns.length - 1;
    const shown = last && width !== undefined ? fitWidth(text, Math.max(width - used, 40)) : text;
    const padding = ' '.repeat(Math.max(0, widths[at]! - displayWidth(shown)));
    const styled = style ? style(shown) : shown;
    if (columns[at]!.right) line += padding + styled;
    else line += last ? styled : styled + padding;
    if (!last) line += GAP;
    used += widths[at]! + GAP.length;
  }
  return line;
}
