import { cut } from '../../flow/text/quote.js';
import { UsageError } from '../process/exit-error.js';
import type { OptionDefinition } from './definition.js';
import { confidentialError } from './environment.js';
import { type Setting, type SettingSource, SOURCES, type UnclaimedSetting } from './setting.js';
import { camelCase, OPTIONS, type OptionName, type Options } from './table/index.js';
import { bool, OptionValueError } from './types/types.js';

/** The source of the value of an option. */
export interface Origin {
  readonly source: SettingSource;
  /** Of a repeatable option, the place of the last value. */
  readonly place: string;
  /** The place of each value of a repeatable option, by its text. */
  readonly places?: ReadonlyMap<string, string>;
}

/** The values of all options and their sources. */
export interface ResolvedOptions {
  readonly values: Options;
  readonly origins: ReadonlyMap<OptionName, Origin>;
  /** Settings without an option of tsdump; addons may define it. */
  readonly unclaimed?: readonly UnclaimedSetting[];
}

/** The place where an option was set; of a repeatable option, where this value was given. */
export function placeOf({ origins }: Pick<ResolvedOptions, 'origins'>, option: OptionName, value?: string): string {
  const { place, places } = origins.get(option)!;
  return (value === undefined ? undefined : places?.get(value)) ?? place;
}

/**
 * Merges settings by precedence: default < config file < environment < shorthand < command line. The elements of a repeatable
 * option come from one source only; sources are not joined.
 * @throws UsageError that names the place of an invalid value
 */
export function resolveOptions(settings: readonly Setting[]): ResolvedOptions {
  const values: Record<string, unknown> = {};
  const origins = new Map<OptionName, Origin>();
  for (const [name, definition] of OPTIONS) {
    const given = settings.filter(({ option }) => option === name);
    const { value, origin } = resolveOption(definition, given);
    values[camelCase(name)] = value;
    origins.set(name, origin);
  }
  return { values: values as unknown as Options, origins };
}

/** The value of one option. @param settings of this option @throws UsageError that names the place of an invalid value */
export function resolveOption(
  definition: OptionDefinition,
  settings: readonly Setting<string>[],
): { value: unknown; origin: Origin } {
  let value = defaultValue(definition);
  let origin: Origin = { source: 'default', place: 'the default' };
  for (const source of SOURCES) {
    const given = settings.filter((setting) => setting.source === source);
    if (given.length === 0) continue;
    if (definition.confidential && source === 'command line')
      throw confidentialError(given[0]!.place, given[0]!.option);
    value = definition.arity === 'many' ? listValue(definition, given) : singleValue(definition, given, value);
    origin = { source, place: given.at(-1)!.place };
    if (definition.arity === 'many' && given.length > 1)
      origin = { ...origin, places: new Map(given.map(({ text = '', place }) => [text, place])) };
  }
  return { value, origin };
}

/** Parses the default, which the table has in the syntax of users. */
function defaultValue({ type, default: value }: OptionDefinition): unknown {
  return typeof value === 'string' ? type.parse(value) : value;
}

/**
 * Each setting adds an element; a missing or empty value clears the list. An empty value of a flag is an error, as it is mostly
 * an unset variable of a shell: `-w "$OUT"` must not record nothing.
 */
function listValue({ type }: OptionDefinition, given: readonly Setting<string>[]): unknown[] {
  let list: unknown[] = [];
  for (const setting of given) {
    if (setting.text === '' && setting.source === 'command line' && !setting.bySet) parse(type, setting, emptyFlag);
    else if (!setting.text) list = [];
    else list.push(parse(type, setting, () => type.parse(setting.text!)));
  }
  return list;
}

function emptyFlag(): never {
  throw new OptionValueError('expected a value');
}

/** Of shorthands such as `-q` and `-v`, the last one wins. The option itself may be set only once on the command line. */
function singleValue(definition: OptionDefinition, given: readonly Setting<string>[], before: unknown): unknown {
  const [first] = given;
  const other = given.find((setting) => setting !== first && !isSameFlag(definition, first!, setting));
  if (other?.source === 'command line') throw setTwice(first!, other);
  let value = before;
  for (const setting of given) value = parse(definition.type, setting, () => single(definition, setting, before));
  return value;
}

/** A flag without a value may be repeated, as in `-nr a -nr b`. */
function isSameFlag({ type }: OptionDefinition, one: Setting<string>, other: Setting<string>): boolean {
  return type === bool && !one.bySet && !other.bySet && one.text === other.text;
}

function setTwice(first: Setting<string>, { place }: Setting<string>): UsageError {
  const also = first.place === place ? 'was set twice' : `${first.place} also sets it`;
  return new UsageError(`${place}: the option takes one value, but ${also}`, 'option-repeated');
}

function single({ type, arity }: OptionDefinition, { text, bySet }: Setting<string>, before: unknown): unknown {
  if (type === bool && bySet) {
    if (text === undefined) return true;
    if (text === 'toggle') return !before;
  }
  if (arity === 'optional' && (text === undefined || (text === '' && !type.isSecret))) return undefined;
  if (text === undefined) throw new OptionValueError('expected a value');
  return type.parse(text);
}

/** Maximum length of a value in a message, in characters. */
const LONGEST_VALUE = 100;

/** A message in which a long value is cut. */
function shortened(message: string, value = ''): string {
  if (value.length <= LONGEST_VALUE) return message;
  const inQuotes = (text: string): string => JSON.stringify(text).slice(1, -1);
  const short = cut(value, LONGEST_VALUE);
  // Functions, because `$` means something else in a text.
  return message.replaceAll(inQuotes(value), () => inQuotes(short)).replaceAll(value, () => short);
}

function parse<Value>(
  { isSecret }: OptionDefinition['type'],
  { text, place }: Setting<string>,
  read: () => Value,
): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof OptionValueError)) throw error;
    const quoted = JSON.stringify(text);
    const got = text === undefined || isSecret || error.message.includes(quoted) ? '' : `, got ${quoted}`;
    const code = text === undefined ? 'option-value-missing' : 'option-value';
    throw new UsageError(`${place}: ${shortened(error.message + got, text)}`, code);
  }
}
