import { UsageError } from '../process/exit-error.js';
import type { OptionDefinition } from './definition.js';
import { type OnUnclaimed, refuseUnclaimed, type Setting } from './setting.js';
import { isOptionName, OPTIONS } from './table/index.js';
import { unknownOption } from './unknown-option.js';

const PREFIX = 'TSDUMP_';
/** Variables with our prefix that are not options. */
const OTHERS = new Set(['TSDUMP_SSLKEYLOGFILE']);

/**
 * Reads options from variables such as `TSDUMP_LISTEN_PORT`. A repeatable option has one element per line; an empty variable
 * sets no value.
 * @param onUnclaimed called for a variable without an option of tsdump
 * @throws UsageError for such a variable, by default
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
      // Options of addons are in lower case, so a variable in mixed case cannot be one of them.
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

/** The error for an option that other users of the machine must not see. @param place where it was given */
export function confidentialError(place: string, option: string): UsageError {
  return new UsageError(
    `${place}: other users can see the command line; set ${option} in the config file or in ${variableOf(option)}`,
    'option-exposed',
  );
}
