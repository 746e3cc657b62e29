import type { FlowFilter } from '../flow/filter.js';
import type { ResolvedOptions } from './options/resolve.js';
import type { OptionName } from './options/table/index.js';
import { UsageError } from './process/exit-error.js';

/** The compiled filter options; undefined if not set. */
export interface Filters {
  save: FlowFilter | undefined;
  read: FlowFilter | undefined;
  dump: FlowFilter | undefined;
  /** Warnings about words that are probably mistakes. */
  hints: readonly string[];
}

/** @throws UsageError with the position of the error in the expression */
export async function compileFilters({ values, origins }: ResolvedOptions): Promise<Filters> {
  const { saveStreamFilter, readfileFilter, dumperFilter } = values;
  if (!saveStreamFilter && !readfileFilter && !dumperFilter) {
    return { save: undefined, read: undefined, dump: undefined, hints: [] };
  }
  const { compileFilter, FilterError, filterHints } = await import('../filters/index.js');
  const compiled = new Map<string, FlowFilter>();
  const filters = {
    save: compile('save_stream_filter', saveStreamFilter),
    read: compile('readfile_filter', readfileFilter),
    dump: compile('dumper_filter', dumperFilter),
  };
  return { ...filters, hints: [...compiled.keys()].flatMap(filterHints) };

  function compile(option: OptionName, text: string | undefined): FlowFilter | undefined {
    if (!text) return undefined;
    try {
      const filter = compiled.get(text) ?? compileFilter(text);
      compiled.set(text, filter);
      return filter;
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      const { source, place } = origins.get(option)!;
      throw new UsageError(source === 'shorthand' ? error.message : `${place}: ${error.message}`, 'filter-invalid');
    }
  }
}
