import type { Check, CheckOptions } from '../../addons/checks/check.js';
import { compileFilter, FilterError, filterHints } from '../../filters/index.js';
import type { FlowFilter } from '../../flow/filter.js';
import { ParseError, pointAt } from '../../flow/text/parse-error.js';
import { definitionsFor } from '../definitions.js';
import { placeOf, type ResolvedOptions } from '../options/resolve.js';
import type { OptionName } from '../options/table/index.js';
import { UsageError } from '../process/exit-error.js';
import { shellQuoted } from '../read/capture-argument.js';
import { inCheck, parseExpectation, parseLatency } from './check-syntax.js';

/** The checks of the command line, and warnings about words in their filters. */
export interface MadeChecks {
  readonly checks: readonly Check[];
  readonly hints: readonly string[];
}

/**
 * Makes the checks of `fail_on`, `expect` and `expect_latency`.
 * @param scope a filter that limits all of them
 * @throws UsageError with the place of the mistake
 */
export async function makeChecks(resolved: ResolvedOptions, scope: string | undefined): Promise<MadeChecks> {
  const { values } = resolved;
  const { failOn, expect, expectLatency, showhost: showHost } = values;
  const definitions = await definitionsFor(values, [scope, ...failOn, ...expect, ...expectLatency]);
  const hints = new Set<string>();
  const checks: Check[] = [];
  if (failOn.length + expect.length > 0) {
    const { CountCheck } = await import('../../addons/checks/count-check.js');
    for (const text of failOn) {
      const filter = compile('fail_on', text, text, 0);
      checks.push(new CountCheck(filter, { sign: '=', count: 0 }, options('fail_on', text)));
    }
    for (const text of expect) {
      const { bound, filter, at } = checked('expect', text, () => parseExpectation(text));
      checks.push(new CountCheck(compile('expect', text, filter, at), bound, options('expect', text)));
    }
  }
  if (expectLatency.length > 0) {
    const { LatencyCheck } = await import('../../addons/checks/latency-check.js');
    for (const text of expectLatency) {
      const { bound, filter, at } = checked('expect_latency', text, () => parseLatency(text));
      const compiled =
        filter === '' ? scope && compileFilter(scope, { definitions }) : compile('expect_latency', text, filter, at);
      checks.push(new LatencyCheck(compiled || undefined, bound, options('expect_latency', text)));
    }
  }
  return { checks, hints: [...hints] };

  function options(option: OptionName, text: string): CheckOptions {
    return { title: `--${option.replaceAll('_', '-')} ${shellQuoted(text)}`, option, showHost };
  }

  /** @param at offset of the filter in the text of the check */
  function compile(option: OptionName, text: string, filter: string, at: number): FlowFilter {
    return checked(option, text, () => {
      try {
        // Compiled alone first, so that an error has the position in this filter.
        const alone = compileFilter(filter, { definitions });
        for (const hint of filterHints(filter)) hints.add(hint);
        return scope === undefined ? alone : compileFilter(`(${scope}) & (${filter})`, { definitions });
      } catch (error) {
        throw error instanceof FilterError ? inCheck(error, text, at) : error;
      }
    });
  }

  function checked<Result>(option: OptionName, text: string, make: () => Result): Result {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      const place = placeOf(resolved, option, text);
      throw new UsageError(`${place}: ${error.message}\n${pointAt(error.text, error.column)}`, 'option-value');
    }
  }
}
