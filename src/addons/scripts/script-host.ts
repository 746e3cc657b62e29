import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Flow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import { UnfinishedHookError } from '../../flow/hooks/pending-hooks.js';
import type { Log } from '../../flow/log.js';
import { systemErrorText } from '../../flow/system-error.js';
import { plural } from '../../flow/text/plural.js';
import { watchForEarlyExit } from './early-exit.js';
import { FileWatch, signaturesOf } from './file-watch.js';
import { HookTimeoutError } from './guard/guard-hook.js';
import { ScriptError, thrownText } from './script-error.js';
import { ScriptLoader, type ScriptServices, type ScriptVersion } from './script-loader.js';
import {
  isOwnError,
  locationOfError,
  locationText,
  type SourceLocation,
  scriptStack,
  shownPath,
} from './source-location.js';

/** Milliseconds for the hooks of a reload. One that never settles, such as a loop in `running`, does not prevent later reloads. */
const HOOKS_LIMIT = 1000;

interface Script {
  readonly entry: string;
  version: ScriptVersion;
  watch: FileWatch | undefined;
  /** Signatures of its files when they were read. */
  signatures: Map<string, string>;
  /** Whether a reload waits or is in progress. At its end, the files are checked again. */
  isReloading: boolean;
  /** Whether files have changed during the reload, such as an import that was missing. */
  changesAgain: boolean;
}

/** Owns the addon scripts: loads them, reloads them when they change, and reports their errors. */
export class ScriptHost {
  private readonly scripts: Script[] = [];
  private readonly versions = new WeakMap<Addon, ScriptVersion>();
  private readonly loader: ScriptLoader;
  private readonly failures: HookFailures;
  private stopped = false;
  private endExitWatch: () => void = () => {};
  /** Resolves when pending reloads are complete. */
  private reloading: Promise<void> = Promise.resolve();

  constructor(private readonly services: ScriptServices) {
    this.loader = new ScriptLoader(services);
    this.failures = new HookFailures(services.log);
  }

  /** Loads scripts one after the other. @param entries their files @throws ScriptError */
  async load(entries: readonly string[]): Promise<void> {
    this.endExitWatch = watchForEarlyExit();
    try {
      for (const entry of entries) {
        const before = signaturesOf([entry]);
        const version = await this.loadVersion(entry);
        const signatures = new Map([...signaturesOf(version.files), ...before]);
        this.scripts.push({ entry, version, signatures, watch: undefined, isReloading: false, changesAgain: false });
      }
    } catch (error) {
      this.endExitWatch();
      throw error;
    } finally {
      this.loader.stop();
    }
  }

  /** The addons, in call order. */
  get addons(): readonly Addon[] {
    return this.scripts.flatMap(({ version }) => version.addons);
  }

  /** From now on, scripts are reloaded when they change. @param replaced called after `addons` has changed */
  watch(replaced: () => void): void {
    for (const script of this.scripts) {
      script.watch = new FileWatch({
        onChange: () => {
          if (script.isReloading) script.changesAgain = true;
          else this.beginReload(script, replaced);
        },
        onError: (error) => {
          script.watch?.close();
          this.services.log.warn(
            `${shownPath(script.entry)} cannot be watched, so changes to it have no effect: ${systemErrorText(error)}`,
          );
        },
      });
      script.watch.set(script.signatures);
    }
  }

  /** Reports an error thrown by a hook. @returns false if the hook does not belong to a script */
  report(error: unknown, addon: Addon, hook: string, flow?: Flow): boolean {
    const version = this.versions.get(addon);
    if (!version) return false;
    const { location } = version.collected.find((each) => each.addon === addon)!;
    this.failures.report({ error, hook, flow, files: version.files, definedAt: () => location(hook) });
    return true;
  }

  /** Reports an uncaught error. @returns false if it is an error of tsdump itself */
  reportStray(error: unknown): boolean {
    const { files } = this.loader;
    const location = locationOfError(error, files);
    if (!location && isOwnError(error)) return false;
    const where = location ? `${locationText(location)}: error` : 'Error of a script';
    const text = `${where} that nothing caught: ${thrownText(error)}`;
    this.services.log.error(location ? `${text}\n${scriptStack(error, files)}` : text);
    return true;
  }

  /** Aborts the signals of all scripts and stops watching; the dispatcher calls `done`. */
  stop(): void {
    this.stopped = true;
    for (const { version, watch } of this.scripts) {
      watch?.close();
      version.unload.abort();
    }
  }

  /** Calls `done` of all addons if the program did not start, so that no dispatcher does. */
  async abandon(): Promise<void> {
    this.stop();
    this.ended();
    for (const { version } of this.scripts) await this.call('done', version.addons);
  }

  /** Called when all output is written: the process may end now. */
  ended(): void {
    this.endExitWatch();
  }

  /** Logs the number of hook failures. */
  summary(): void {
    this.failures.summary();
  }

  private async loadVersion(entry: string): Promise<ScriptVersion> {
    const version = await this.loader.load(entry);
    for (const addon of version.addons) this.versions.set(addon, version);
    return version;
  }

  private beginReload(script: Script, replaced: () => void): void {
    script.isReloading = true;
    this.reloading = this.reloading.then(() => this.reload(script, replaced));
  }

  private async reload(script: Script, replaced: () => void): Promise<void> {
    if (this.stopped) return;
    script.changesAgain = false;
    const name = shownPath(script.entry);
    const before = signaturesOf(script.signatures.keys());
    try {
      const version = await this.loadVersion(script.entry);
      // The scripts were stopped meanwhile.
      if (this.stopped) return version.unload.abort();
      const old = script.version;
      script.version = version;
      replaced();
      old.unload.abort();
      const hooks = this.call('done', old.addons).then(() => this.call('running', version.addons));
      await Promise.race([hooks, delay(HOOKS_LIMIT, undefined, { ref: false })]);
      this.services.log.info(`${name} has changed and was loaded again.`);
      this.watchAgain(script, version.files, before);
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      const { problems, files } = error;
      for (const problem of problems) this.services.log.error(problem);
      this.services.log.error(`${name} has changed, but cannot be loaded; its last version stays in use.`);
      this.watchAgain(script, [script.entry, ...files, ...script.version.files], before, files);
      // The signatures of files that were not found do not show what has become of them.
      if (script.changesAgain && !this.stopped) this.beginReload(script, replaced);
    } finally {
      this.loader.stop();
    }
  }

  /**
   * @param before signatures of files before they were read @param failed files of a version that failed to load; the list may
   * be incomplete
   */
  private watchAgain(
    script: Script,
    files: readonly string[],
    before: ReadonlyMap<string, string>,
    failed: readonly string[] = [],
  ): void {
    if (this.stopped) return;
    script.isReloading = false;
    script.signatures = signaturesOf(files);
    for (const [file, signature] of before) if (script.signatures.has(file)) script.signatures.set(file, signature);
    script.watch?.set(script.signatures, [...new Set(failed.map((file) => dirname(file)))]);
  }

  private async call(hook: 'running' | 'done', addons: readonly Addon[]): Promise<void> {
    for (const addon of addons) {
      try {
        await addon[hook]?.(undefined);
      } catch (error) {
        this.report(error, addon, hook);
      }
    }
  }
}

interface HookFailure {
  error: unknown;
  hook: string;
  flow: Flow | undefined;
  /** Files of the script. */
  files: readonly string[];
  /** The location of the hook's definition, for errors without a location. */
  definedAt: () => SourceLocation;
}

/** Reports errors of script hooks: the first at a location with details, further ones are counted. */
class HookFailures {
  private readonly counts = new Map<string, number>();

  constructor(private readonly log: Log) {}

  report({ error, hook, flow, files, definedAt }: HookFailure): void {
    const location = locationText(locationOfError(error, files) ?? definedAt());
    const key = `${location}: ${hook}`;
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    const late = error instanceof HookTimeoutError || error instanceof UnfinishedHookError;
    const reason = late ? error.message : thrownText(error);
    const message = `${key} failed${flow ? ` in flow ${flow.id}` : ''}: ${reason}`;
    if (count > 1) return this.log.debug(message);
    const stack = scriptStack(error, files);
    this.log.error(stack ? `${message}\n${stack}` : message);
  }

  /** A line for each location that failed. */
  summary(): void {
    for (const [key, count] of this.counts) this.log.error(`${key} failed ${plural(count, 'time')} in all.`);
  }
}
