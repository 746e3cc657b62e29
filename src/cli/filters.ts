import type { FlowFilter } from '../flow/filter.js';
import { definitionsFor } from './definitions.js';
import type { ResolvedOptions } from './options/resolve.js';
import type { OptionName, Options } from './options/table/index.js';
import { UsageError } from './process/exit-error.js';

/** The compiled filter options; undefined if not set. */
export interface Filters {
  save: FlowFilter | undefined;
  /** `readfile_filter` and the range of `since` and `before`: selects the flows of captures, also for `-C` and `--diff`. */
  read: FlowFilter | undefined;
  dump: FlowFilter | undefined;
  /** Warnings about words that are probably mistakes. */
  hints: readonly string[];
}

/** @throws UsageError with the position of the error in the expression */
export async function compileFilters({ values, origins }: ResolvedOptions): Promise<Filters> {
  const { saveStreamFilter, readfileFilter, dumperFilter } = values;
  if (!saveStreamFilter && !readfileFilter && !dumperFilter) {
    return { save: undefined, read: inTimeRange(values, undefined), dump: undefined, hints: [] };
  }
  const { compileFilter, FilterError, filterHints } = await import('../filters/index.js');
  const definitions = await definitionsFor(values, [saveStreamFilter, readfileFilter, dumperFilter]);
  const compiled = new Map<string, FlowFilter>();
  const filters = {
    save: compile('save_stream_filter', saveStreamFilter),
    read: inTimeRange(values, compile('readfile_filter', readfileFilter)),
    dump: compile('dumper_filter', dumperFilter),
  };
  const hints = [...compiled.keys()].flatMap(filterHints);
  if (values.stat && compiled.has('json')) {
    hints.push('The filter looks for "json" in URLs; did you mean --stat-json?');
  }
  if (values.server && origins.get('save_stream_filter')?.source === 'shorthand') {
    const { commandHint } = await import('./command/command-hint.js');
    const hint = commandHint(saveStreamFilter ?? '');
    if (hint) hints.push(hint);
  }
  return { ...filters, hints };

  function compile(option: OptionName, text: string | undefined): FlowFilter | undefined {
    if (!text) return undefined;
    try {
      const filter = compiled.get(text) ?? compileFilter(text, { definitions });
      compiled.set(text, filter);
      return filter;
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      const { source, place } = origins.get(option)!;
      throw new UsageError(source === 'shorthand' ? error.message : `${place}: ${error.message}`, 'filter-invalid');
    }
  }
}

/** Limits a filter to flows that began in the range of `since` and `before`, as `~after` and `~before` do. */
function inTimeRange({ since, before }: Options, filter: FlowFilter | undefined): FlowFilter | undefined {
  if (since === undefined && before === undefined) return filter;
  const from = since ?? Number.NEGATIVE_INFINITY;
  const to = before ?? Number.POSITIVE_INFINITY;
  const range = [since !== undefined && `~after ${since}`, before !== undefined && `~before ${before}`];
  return {
    text: [...range, filter && `(${filter.text})`].filter(Boolean).join(' & '),
    needsBodies: filter?.needsBodies ?? false,
    evaluate: (flow, phase) => {
      const { timestampCreated: began } = flow;
      if (began < from || began >= to) return 'no';
      return filter ? filter.evaluate(flow, phase) : 'yes';
    },
  };
}
