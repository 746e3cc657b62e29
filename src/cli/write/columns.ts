import { nearest } from '../../filters/nearest.js';
import { pointAt } from '../../flow/text/parse-error.js';
import type { Column } from '../../serialize/export/table/column.js';
import type { ResolvedOptions } from '../options/resolve.js';
import type { Options } from '../options/table/index.js';
import { UsageError } from '../process/exit-error.js';
import { formatOfOutput } from './output-format.js';

/** Rejects an invalid list of columns, before an output is truncated. @throws UsageError with the position of the mistake */
export async function checkColumns({ values, origins }: ResolvedOptions): Promise<void> {
  const { columns, saveStreamFile } = values;
  if (columns === undefined) return;
  const { place, source } = origins.get('columns')!;
  const { COLUMN_NAMES, parseColumns } = await import('../../serialize/export/table/columns.js');
  const { ColumnError } = await import('../../serialize/export/table/column.js');
  try {
    parseColumns(columns);
  } catch (error) {
    if (!(error instanceof ColumnError)) throw error;
    const wrong = /^\w+/.exec(columns.slice(error.offset))?.[0] ?? '';
    const similar = nearest(wrong, COLUMN_NAMES);
    const advice = similar === undefined || similar === wrong ? '' : `; did you mean ${similar}?`;
    throw new UsageError(`${place}: ${error.message}${advice}\n${pointAt(columns, error.offset + 1)}`, 'option-value');
  }
  if (source === 'command line' && !saveStreamFile.some((spec) => isTable(spec, values))) {
    throw new UsageError(
      `${place}: no output is a table; use --format csv or tsv, or a file that ends in .csv or .tsv`,
      'option-requires',
    );
  }
}

/** The columns of an output; undefined if it is not a table, or has the default columns. */
export async function columnsOf(spec: string, options: Options): Promise<readonly Column[] | undefined> {
  if (options.columns === undefined || !isTable(spec, options)) return undefined;
  return (await import('../../serialize/export/table/columns.js')).parseColumns(options.columns);
}

function isTable(spec: string, options: Options): boolean {
  const format = formatOfOutput(spec, options);
  return format === 'csv' || format === 'tsv';
}
