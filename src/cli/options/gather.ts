import { ExitError } from '../process/exit-error.js';
import { configFileSettings } from './config-file.js';
import { environmentSettings } from './environment.js';
import { refuseIdleOptions } from './idle-options.js';
import { type ResolvedOptions, resolveOptions } from './resolve.js';
import type { Setting, UnclaimedSetting } from './setting.js';
import type { OptionName } from './table/index.js';

/**
 * Collects options from all sources. The folder of the config file has to be known first.
 * @param unclaimed settings of the command line without an option of tsdump
 * @throws UsageError; ExitError that names all settings without an option, if no scripts are loaded that could define it
 */
export async function gatherOptions(
  commandLine: readonly Setting[],
  environment: NodeJS.ProcessEnv,
  unclaimed: readonly UnclaimedSetting[] = [],
): Promise<ResolvedOptions> {
  const all: UnclaimedSetting[] = [];
  const onUnclaimed = (setting: UnclaimedSetting) => void all.push(setting);
  const nearer = [...environmentSettings(environment, onUnclaimed), ...commandLine];
  const { confdir } = resolveOptions(nearer).values;
  const settings = [...(await configFileSettings(confdir, onUnclaimed)), ...nearer];
  all.push(...unclaimed);
  const resolved = withReplayFilter(withImplied(resolveOptions(settings)));
  refuseIdleOptions(resolved);
  if (resolved.values.scripts.length === 0 && all.length > 0) {
    throw new ExitError('option-unknown', ...all.map((setting) => setting.refusal().message));
  }
  return { ...resolved, unclaimed: all };
}

/**
 * Applies options that change others: with statistics, comparisons or a report on stdout, flows are shown only if the command
 * line requests it.
 */
export function withImplied(resolved: ResolvedOptions): ResolvedOptions {
  const { values, origins } = resolved;
  const { source } = origins.get('flow_detail')!;
  const place = printsInstead(values);
  if (!place || source === 'command line' || source === 'shorthand') return resolved;
  return {
    values: { ...values, flowDetail: 0 },
    origins: new Map(origins).set('flow_detail', { source: 'shorthand', place }),
  };
}

/** The flag that uses stdout for other output than flows. */
function printsInstead(values: ResolvedOptions['values']): string | undefined {
  const { stat, statJson, report, diff, dryRun, replayCompare, replayLearn } = values;
  if (diff.length > 0) return '--diff';
  if (replayCompare) return '--replay-compare';
  if (replayLearn !== undefined) return '--replay-learn';
  if (dryRun) return '--dry-run';
  if (stat) return '--stat';
  if (statJson) return '--stat-json';
  return report.some(({ path }) => path === '-') ? '--report' : undefined;
}

/** With `client_replay`, the filter argument only selects the flows to send. */
function withReplayFilter(resolved: ResolvedOptions): ResolvedOptions {
  const { values, origins } = resolved;
  if (values.clientReplay.length === 0) return resolved;
  const isArgument = (name: OptionName): boolean => origins.get(name)!.source === 'shorthand';
  return {
    ...resolved,
    values: {
      ...values,
      saveStreamFilter: isArgument('save_stream_filter') ? undefined : values.saveStreamFilter,
      dumperFilter: isArgument('dumper_filter') ? undefined : values.dumperFilter,
    },
  };
}
