import type { FlowFilter } from '../../flow/filter.js';
import type { Options } from '../options/table/index.js';

/** Limits a filter to flows that began in the range of `since` and `before`, as `~after` and `~before` do. */
export function inTimeRange(
  { since, before }: Pick<Options, 'since' | 'before'>,
  filter: FlowFilter | undefined,
): FlowFilter | undefined {
  if (since === undefined && before === undefined) return filter;
  const from = since ?? Number.NEGATIVE_INFINITY;
  const to = before ?? Number.POSITIVE_INFINITY;
  return {
    text: filter?.text ?? '~all',
    needsBodies: filter?.needsBodies ?? false,
    evaluate: (flow, phase) => {
      const { timestampCreated: began } = flow;
      if (began < from || began >= to) return 'no';
      return filter ? filter.evaluate(flow, phase) : 'yes';
    },
  };
}
