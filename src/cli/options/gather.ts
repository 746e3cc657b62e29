import { configFileSettings } from './config-file.js';
import { environmentSettings } from './environment.js';
import { type ResolvedOptions, resolveOptions } from './resolve.js';
import type { Setting } from './setting.js';

/** All options from all places. The folder of the config file has to be known first. @throws UsageError */
export async function gatherOptions(
  commandLine: readonly Setting[],
  environment: NodeJS.ProcessEnv,
): Promise<ResolvedOptions> {
  const nearer = [...environmentSettings(environment), ...commandLine];
  const { confdir } = resolveOptions(nearer).values;
  return withImplied(resolveOptions([...(await configFileSettings(confdir)), ...nearer]));
}

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
