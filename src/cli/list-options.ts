import { openTerminal } from '../terminal/terminal.js';
import { TerminalLog } from '../terminal/terminal-log.js';
import { loadScripts, scriptParts } from './addons/scripts.js';
import { AddonOptions } from './options/addon-options.js';
import { optionListing } from './options/listing.js';
import type { ResolvedOptions } from './options/resolve.js';
import type { Shutdown } from './process/shutdown.js';

/** The text of `--options`. Loads the scripts, because they define options. @throws ExitError */
export async function listOptions(resolved: ResolvedOptions, shutdown: Shutdown): Promise<string> {
  const { values: options } = resolved;
  if (options.scripts.length === 0) return optionListing(resolved);
  const stderr = await openTerminal(process.stderr, options.color);
  const log = new TerminalLog({ ...stderr, verbosity: options.termlogVerbosity, timestamps: false });
  const { unclaimed, scriptBase: base } = scriptParts(resolved);
  const addonOptions = new AddonOptions(options, unclaimed);
  try {
    const scripts = await loadScripts({ options, base, unclaimed, log, shutdown }, addonOptions);
    await scripts?.abandon();
    return optionListing(resolved, addonOptions.scripts);
  } finally {
    await stderr.out.flush();
  }
}
