import type { Addon } from '../../flow/hooks/hooks.js';
import type { AddonOption, AddonOptionType, LoadContext } from '../../flow/hooks/load-context.js';
import type { Log } from '../../flow/log.js';
import { type Bundle, Bundler, BundlerMissingError } from './bundle.js';
import { type CollectedAddon, collectAddons } from './collect-addons.js';
import { type Exports, evaluateBundle, loadError, untilSettled } from './evaluate.js';
import { NativeLoader } from './native-loader.js';
import { ScriptError } from './script-error.js';
import { SourceIndex } from './source-index.js';
import { shownPath } from './source-location.js';

/** Services of the program for scripts. */
export interface ScriptServices {
  log: Log;
  /** The version of tsdump. */
  version: string;
  /** See `LoadContext`. */
  worker: number;
  /** Time limit of an asynchronous hook in seconds; 0 for no limit. */
  timeout: number;
  /** See `LoadContext`. */
  shutdown(exitCode?: number): void;
  /**
   * Called before the `load` of a script that requires a single process. Resolves when the program runs in one.
   * @throws ScriptError if other workers are running
   */
  alone(script: string): Promise<void>;
  /** Opens the options of one version of a script. */
  openOptions(script: string): ScriptOptions;
}

/** Options of one version of a script. Other scripts see them once it is loaded. */
export interface ScriptOptions {
  /** The values of all options, by their names in camelCase. */
  readonly values: Readonly<Record<string, unknown>>;
  /** @throws OptionSettingError if the user's value is invalid, Error if the definition is */
  add(name: string, option: AddonOption<AddonOptionType>): unknown;
  commit(): void;
}

/** An invalid user's value for an option of a script. The message names the location. */
export class OptionSettingError extends Error {
  override name = 'OptionSettingError';
}

/** A loaded version of a script. */
export interface ScriptVersion {
  readonly addons: readonly Addon[];
  /** The addons with the locations where their hooks are defined. */
  readonly collected: readonly CollectedAddon[];
  /** The script and the files that it imports, without packages. */
  readonly files: readonly string[];
  /** Aborts the signal of its `load`. */
  readonly unload: AbortController;
}

/** Loads scripts. It has no running process between loads. */
export class ScriptLoader {
  private bundler: Bundler | undefined;
  private native: NativeLoader | undefined;
  /** All files loaded so far, without packages. */
  readonly files = new Set<string>();

  constructor(private readonly services: ScriptServices) {}

  /** Runs a script, checks its exports, and calls `load` of its addons. @throws ScriptError */
  async load(entry: string): Promise<ScriptVersion> {
    const { exports, bundle, index } = await this.evaluate(entry);
    const files = bundle?.files ?? [entry];
    const unload = new AbortController();
    try {
      const { addons, warnings } = collectAddons(exports, index, shownPath(entry), this.services.timeout);
      for (const warning of [...(bundle?.warnings ?? []), ...warnings]) this.services.log.warn(warning);
      if (addons.some(({ addon }) => addon.workers === 1)) await this.services.alone(shownPath(entry));
      await this.callLoad(entry, addons, unload);
      return { addons: addons.map(({ addon }) => addon), collected: addons, files, unload };
    } catch (error) {
      unload.abort();
      if (error instanceof OptionSettingError) throw new ScriptError([error.message], files);
      if (error instanceof ScriptError) throw new ScriptError(error.problems, files);
      throw loadError(error, { entry, files, index });
    }
  }

  /** Ends the bundler process. */
  stop(): void {
    this.bundler?.stop();
  }

  private async evaluate(entry: string): Promise<{ exports: Exports; bundle: Bundle | undefined; index: SourceIndex }> {
    if (!this.native) {
      try {
        this.bundler ??= await Bundler.load();
        const bundle = await this.bundler.bundle(entry);
        for (const file of bundle.files) this.files.add(file);
        const index = new SourceIndex(entry, bundle);
        return { exports: await evaluateBundle(bundle, entry, index), bundle, index };
      } catch (error) {
        if (!(error instanceof BundlerMissingError)) throw error;
        this.services.log.debug(`Scripts are loaded by Node.js itself, as esbuild cannot be used: ${error.message}`);
        this.native = new NativeLoader(error.message);
      }
    }
    const index = new SourceIndex(entry, undefined);
    this.files.add(entry);
    try {
      return { exports: await this.native.load(entry), bundle: undefined, index };
    } catch (error) {
      throw loadError(error, { entry, files: [entry], index });
    }
  }

  private async callLoad(entry: string, addons: readonly CollectedAddon[], unload: AbortController): Promise<void> {
    const { log, version, worker, shutdown } = this.services;
    const options = this.services.openOptions(shownPath(entry));
    let loading = true;
    const addOption = (name: string, option: AddonOption<AddonOptionType>): unknown => {
      if (!loading) throw new Error(`addOption(${JSON.stringify(name)}) is for load, which is over`);
      return options.add(name, option);
    };
    const context = {
      log,
      version,
      worker,
      shutdown,
      options: options.values,
      signal: unload.signal,
      addOption,
    } as LoadContext;
    for (const { load } of addons) {
      if (!load) continue;
      const pending = load(context);
      if (pending) await untilSettled(Promise.resolve(pending), 'load');
    }
    // A filter may be exported beside the addon whose `load` sets it.
    for (const { update } of addons) for (const warning of update()) log.warn(warning);
    loading = false;
    options.commit();
  }
}
