import type { OptionType } from './table/types.js';

/** What is known of an option. All of the command line, the config file, the environment and the docs comes from it. */
export interface OptionDefinition<Value = unknown> {
  readonly type: OptionType<unknown>;
  /** How many values: one, one or none, any number. */
  readonly arity: 'one' | 'optional' | 'many';
  readonly default: Value;
  /** A sentence or two, without the default. */
  readonly help: string;
  /** The same for the `--no-` flag of a bool that is true by default. */
  readonly negated: string | undefined;
  /** Whether it has a flag of its own beside `--set`; a bool has `--x` and `--no-x`. */
  readonly flag: boolean;
  /** One letter. For a bool it stands for the value that is not the default. */
  readonly short: string | undefined;
  /** What stands for the value in a synopsis, such as `PATH`. */
  readonly metavar: string;
}

export interface About {
  help: string;
  negated?: string;
  flag?: true;
  short?: string;
  metavar?: string;
}

/** An option that always has a value. */
export function one<Value>(type: OptionType<Value>, value: Value, about: About): OptionDefinition<Value> {
  return define(type, 'one', value, about);
}

/** An option that may have none. */
export function optional<Value>(type: OptionType<Value>, about: About): OptionDefinition<Value | undefined> {
  return define<Value | undefined>(type, 'optional', undefined, about);
}

/** An option that may be given several times. */
export function many<Value>(
  type: OptionType<Value>,
  values: readonly Value[],
  about: About,
): OptionDefinition<readonly Value[]> {
  return define(type, 'many', values, about);
}

function define<Value>(
  type: OptionType<unknown>,
  arity: OptionDefinition['arity'],
  value: Value,
  about: About,
): OptionDefinition<Value> {
  const { help, negated, flag = false, short, metavar = type.metavar } = about;
  return { type, arity, default: value, help, negated, flag, short, metavar };
}
