import { escapedText } from '../../terminal/safe-text.js';
import { openTerminal } from '../../terminal/terminal.js';
import { TerminalLog } from '../../terminal/terminal-log.js';
import { loadScripts, scriptSettings } from '../addons/scripts.js';
import type { Shutdown } from '../process/shutdown.js';
import { type AddonOptionEntry, AddonOptions } from './addon-options.js';
import type { OptionDefinition } from './definition.js';
import { wrap } from './help.js';
import type { ResolvedOptions } from './resolve.js';
import { camelCase, OPTION_GROUPS, type OptionName } from './table/index.js';

/**
 * All options with values and help, as a config file (`--options`).
 * @param scripts options that addons have added, by script
 */
export function optionListing(
  { values, origins }: ResolvedOptions,
  scripts: AddonOptions['scripts'] = new Map(),
): string {
  const lines: string[] = [];
  for (const { title, options } of OPTION_GROUPS) {
    lines.push(`# ${title}`, '');
    for (const [name, definition] of Object.entries(options) as [OptionName, OptionDefinition][]) {
      const value = (values as unknown as Record<string, unknown>)[camelCase(name)];
      lines.push(...entryLines(name, { definition, value, origin: origins.get(name)! }));
    }
  }
  for (const [script, entries] of scripts) {
    if (entries.size > 0) lines.push(`# ${escapedText(script)}`, '');
    for (const [name, entry] of entries) lines.push(...entryLines(name, entry));
  }
  return lines.join('\n');
}

function entryLines(name: string, { definition, value, origin }: AddonOptionEntry): string[] {
  const lines = wrap(`${escapedText(definition.help)} (${typeText(definition)})`, 98).map((line) => `# ${line}`);
  if (origin.source !== 'default') {
    lines.push(`# Set by ${escapedText(origin.place)}; default ${yamlText(definition, definition.default)}.`);
  }
  // `confdir` selects the config file, so it cannot be set in it.
  const prefix = name === 'confdir' ? '# ' : '';
  if (definition.confidential && value !== undefined) return [...lines, `# ${name}: (set, but not shown)`, ''];
  return [...lines, `${prefix}${name}: ${yamlText(definition, value)}`, ''];
}

/** The type as the docs show it: `optional str`, `sequence of str`, `one of eager, lazy`. */
export function typeText({ type, arity }: OptionDefinition): string {
  const words = type.words ? `one of ${type.words.join(', ')}` : type.name;
  if (arity === 'optional') return `optional ${words}`;
  return arity === 'many' ? `sequence of ${words}` : words;
}

/** A value in YAML's flow style. Ambiguous text is quoted as JSON, which is valid YAML. */
function yamlText({ type, arity }: OptionDefinition, value: unknown): string {
  const scalar = (each: unknown) => {
    const text = type.show(each);
    // Escapes such as \x9b are valid in YAML's double-quoted style.
    return type.name === 'str' ? escapedText(JSON.stringify(text)) : text;
  };
  if (arity === 'many') return `[${(value as unknown[]).map(scalar).join(', ')}]`;
  return value === undefined ? 'null' : scalar(value);
}

/** The text of `--options`. Loads the scripts, because they define options. @throws ExitError */
export async function listOptions(resolved: ResolvedOptions, shutdown: Shutdown): Promise<string> {
  const { values: options } = resolved;
  if (options.scripts.length === 0) return optionListing(resolved);
  const stderr = await openTerminal(process.stderr, options.color);
  const log = new TerminalLog({ ...stderr, verbosity: options.termlogVerbosity, timestamps: false });
  const settings = scriptSettings(resolved);
  const addonOptions = new AddonOptions(options, settings.unclaimed);
  try {
    const scripts = await loadScripts({ options, settings, log, shutdown }, addonOptions);
    await scripts?.abandon();
    return optionListing(resolved, addonOptions.scripts);
  } finally {
    await stderr.out.flush();
  }
}
