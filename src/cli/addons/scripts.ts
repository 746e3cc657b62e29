import type { ScriptHost } from '../../addons/scripts/script-host.js';
import type { Log } from '../../flow/log.js';
import type { AddonOptions } from '../options/addon-options.js';
import type { ResolvedOptions } from '../options/resolve.js';
import type { UnclaimedSetting } from '../options/setting.js';
import type { Options } from '../options/table/index.js';
import { type ExitCode, ExitCode as ExitCodes } from '../process/exit-codes.js';
import { ExitError } from '../process/exit-error.js';
import type { Shutdown } from '../process/shutdown.js';
import { onStrayErrors } from '../process/stray-errors.js';
import { packageVersion } from '../version.js';

/** What scripts get from the options, besides their paths. */
export interface ScriptSettings {
  /** Settings that only options of scripts can claim. */
  readonly unclaimed: readonly UnclaimedSetting[];
  /** The base folder of script paths; by default the current one. */
  readonly base: string | undefined;
}

export interface ScriptParts {
  options: Options;
  settings: ScriptSettings | undefined;
  log: Log;
  shutdown: Shutdown;
  /** Set in a worker process; see `WorkerParts`. */
  worker?: { readonly number: number; readonly alone: (script: string) => Promise<boolean> } | undefined;
}

/** Paths in the config file are relative to its folder. */
export function scriptSettings({ values, origins, unclaimed = [] }: ResolvedOptions): ScriptSettings {
  const fromConfig = origins.get('scripts')?.source === 'config file';
  return { unclaimed, base: fromConfig ? values.confdir : undefined };
}

/** Loads the addon scripts. @returns undefined without scripts @throws ExitError */
export async function loadScripts(parts: ScriptParts, addonOptions?: AddonOptions): Promise<ScriptHost | undefined> {
  const { options, settings, log, shutdown, worker } = parts;
  if (options.scripts.length === 0) return undefined;
  const [{ findScript }, { ScriptError }, { ScriptHost }, { AddonOptions }] = await Promise.all([
    import('../../addons/scripts/find-script.js'),
    import('../../addons/scripts/script-error.js'),
    import('../../addons/scripts/script-host.js'),
    import('../options/addon-options.js'),
  ]);
  const claims = addonOptions ?? new AddonOptions(options, settings?.unclaimed ?? []);
  const host = new ScriptHost({
    log,
    version: packageVersion(),
    worker: worker?.number ?? 1,
    timeout: options.scriptTimeout,
    shutdown: (code = ExitCodes.done) => {
      if (!Number.isInteger(code) || code < 0 || code > 255) throw new RangeError('an exit code is from 0 to 255');
      shutdown.request(code as ExitCode);
    },
    alone: async (script) => {
      if (!worker || (await worker.alone(script))) return;
      throw new ScriptError([`${script}: the addon requires a single process (workers: 1), but several are running`]);
    },
    openOptions: (script) => claims.open(script),
  });
  // Uncaught errors outside `load` never end the program.
  const quiet = onStrayErrors((message, error) => {
    if (!host.reportStray(error)) log.error(message);
  });
  try {
    const base = settings?.base ?? process.cwd();
    const entries = options.scripts.map((spec) => findScript(spec, base));
    const twice = entries.findIndex((entry, at) => entries.indexOf(entry) < at);
    if (twice >= 0) throw new ScriptError([`${options.scripts[twice]}: the script is given twice`]);
    await host.load(entries);
    claims.refuseUnclaimed();
    return host;
  } catch (error) {
    await host.abandon();
    if (error instanceof ScriptError) throw new ExitError('script-failed', ...error.problems);
    throw error;
  } finally {
    quiet();
  }
}
