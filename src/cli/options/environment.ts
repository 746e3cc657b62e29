import type { OptionDefinition } from './definition.js';
import type { Setting } from './setting.js';
import { isOptionName, OPTIONS, type OptionName } from './table/index.js';
import { unknownOption } from './unknown-option.js';

const PREFIX = 'TSDUMP_';
/** Variables of ours that are no options. */
const OTHERS = new Set(['TSDUMP_SSLKEYLOGFILE']);

/**
 * Options from variables such as `TSDUMP_LISTEN_PORT`. A repeatable option has one element a line; an empty variable is
 * an option without a value.
 * @throws UsageError on a variable that no option belongs to
 */
export function environmentSettings(environment: NodeJS.ProcessEnv): Setting[] {
  const settings: Setting[] = [];
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || OTHERS.has(variable) || value === undefined) continue;
    const option = variable.slice(PREFIX.length).toLowerCase();
    if (!isOptionName(option) || variable !== variableOf(option)) {
      throw unknownOption(`environment variable ${variable}`, option, variableOf);
    }
    for (const text of valuesIn(value, OPTIONS.get(option)!.arity))
      settings.push({ option, text, source: 'environment', place: variable });
  }
  return settings;
}

export function variableOf(option: OptionName): string {
  return PREFIX + option.toUpperCase();
}

function valuesIn(value: string, arity: OptionDefinition['arity']): (string | undefined)[] {
  if (arity !== 'many') return [value];
  const lines = value.split(/\r?\n/).filter((line) => line !== '');
  return lines.length > 0 ? lines : [undefined];
}
