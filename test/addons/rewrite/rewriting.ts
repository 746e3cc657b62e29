import { resolveOptions } from '../../../src/cli/options/resolve.js';
import type { Setting } from '../../../src/cli/options/setting.js';
import { OPTIONS } from '../../../src/cli/options/table/index.js';
import { rewritingAddons } from '../../../src/cli/proxy/rewriting.js';
import type { Flow } from '../../../src/flow/flow.js';
import { Dispatcher } from '../../../src/flow/hooks/dispatcher.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { fireHooks } from '../../../src/flow/hooks/replay-hooks.js';
import type { Log } from '../../../src/flow/log.js';
import { policy } from '../../serialize/flows.js';

/** A log that keeps what it gets. */
export function keepingLog(lines: string[] = []): Log {
  const add = (line: string) => void lines.push(line);
  return { error: add, warn: add, info: add, alert: add, debug: add };
}

/** Values of options by their names, as they stand in a config file. */
export type RewriteSettings = Readonly<Record<string, boolean | string | readonly string[]>>;

/** The addons that these options ask for. @throws UsageError */
export function addonsFor(settings: RewriteSettings, log: Log = keepingLog()): Promise<Addon[]> {
  const given = Object.entries(settings).flatMap(([option, value]): Setting[] => {
    if (!OPTIONS.has(option as Setting['option'])) throw new Error(`No option ${option}`);
    const texts = Array.isArray(value) ? (value as string[]) : [String(value)];
    return texts.map((text) => ({ option: option as Setting['option'], text, source: 'config file', place: option }));
  });
  return rewritingAddons(resolveOptions(given), log);
}

/** Calls the hooks of flows as for a capture. @returns what went wrong in them */
export async function runHooks(addons: readonly Addon[], flows: Iterable<Flow>): Promise<Error[]> {
  const errors: Error[] = [];
  const hooks = new Dispatcher(addons, {
    onError: (error) => void errors.push(error as Error),
    bodySearchLimit: 1 << 24,
    onSearchLimit: () => {},
  });
  for (const flow of flows) await fireHooks(hooks, flow, policy);
  await hooks.end();
  return errors;
}
