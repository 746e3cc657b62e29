import type { OptionDefinition } from './definition.js';
import { type OnUnclaimed, refuseUnclaimed, type Setting } from './setting.js';
import { isOptionName, OPTIONS } from './table/index.js';
import { unknownOption } from './unknown-option.js';

const PREFIX = 'TSDUMP_';
/** Variables of ours that are no options. */
const OTHERS = new Set(['TSDUMP_SSLKEYLOGFILE']);

/**
 * Options from variables such as `TSDUMP_LISTEN_PORT`. A repeatable option has one element a line; an empty variable is
 * an option without a value.
 * @param onUnclaimed called for a variable that no option of tsdump belongs to
 * @throws UsageError on such a variable by default
 */
export function environmentSettings(
  environment: NodeJS.ProcessEnv,
  onUnclaimed: OnUnclaimed = refuseUnclaimed,
): Setting[] {
  const settings: Setting[] = [];
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || OTHERS.has(variable) || value === undefined) continue;
    const option = variable.slice(PREFIX.length).toLowerCase();
    if (!isOptionName(option) || variable !== variableOf(option)) {
      // Names of addons are in lower case, so a variable in another case is never one of theirs.
      const refusal = (others?: Iterable<string>) =>
        unknownOption(`environment variable ${variable}`, option, variableOf, others);
      const name = variable === variableOf(option) ? option : variable;
      onUnclaimed({ option: name, text: value, source: 'environment', place: variable, refusal });
      continue;
    }
    for (const text of valuesIn(value, OPTIONS.get(option)!.arity))
      settings.push({ option, text, source: 'environment', place: variable });
  }
  return settings;
}

export function variableOf(option: string): string {
  return PREFIX + option.toUpperCase();
}

/** The elements of a variable. */
export function valuesIn(value: string, arity: OptionDefinition['arity']): (string | undefined)[] {
  if (arity !== 'many') return [value];
  const lines = value.split(/\r?\n/).filter((line) => line !== '');
  return lines.length > 0 ? lines : [undefined];
}
