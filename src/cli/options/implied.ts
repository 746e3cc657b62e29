import type { ResolvedOptions } from './resolve.js';

/**
 * What options say about others: with statistics no flows are shown, unless somebody asked for it on the command line.
 */
export function withImplied(resolved: ResolvedOptions): ResolvedOptions {
  const { values, origins } = resolved;
  const { source } = origins.get('flow_detail')!;
  if (!(values.stat || values.statJson) || source === 'command line' || source === 'shorthand') return resolved;
  return {
    values: { ...values, flowDetail: 0 },
    origins: new Map(origins).set('flow_detail', {
      source: 'shorthand',
      place: values.stat ? '--stat' : '--stat-json',
    }),
  };
}
