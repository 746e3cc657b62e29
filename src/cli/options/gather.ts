import { configFileSettings } from './config-file.js';
import { environmentSettings } from './environment.js';
import { withImplied } from './implied.js';
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
