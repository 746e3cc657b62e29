import type { OptionType } from './types/types.js';

/** The definition of an option, from which command line, config file, environment and docs are derived. */
export interface OptionDefinition<Value = unknown> {
  readonly type: OptionType<unknown>;
  /** Number of values: exactly one, at most one, or any number. */
  readonly arity: 'one' | 'optional' | 'many';
  readonly default: Value;
  /** One or two sentences, without the default. */
  readonly help: string;
  /** `help` for the `--no-` flag of a bool that is true by default. */
  readonly negated: string | undefined;
  /**
   * Whether it has a flag as well as `--set`; a bool has `--x` and `--no-x`. A text is the name of the flag, if that differs
   * from the option's.
   */
  readonly flag: boolean | string;
  /** The value of the flag if it is given without one. A following word is then only taken if it is a valid value. */
  readonly bare: string | undefined;
  /** A one-letter flag. For a bool it sets the opposite of the default. */
  readonly short: string | undefined;
  /** The placeholder of the value in a synopsis, such as `PATH`. */
  readonly metavar: string;
  /** Its value is secret: it is never printed, and refused on the command line, which all users of the machine can see. */
  readonly confidential: boolean;
}

export interface OptionDescription {
  help: string;
  negated?: string;
  flag?: true | string;
  bare?: string;
  short?: string;
  metavar?: string;
  confidential?: true;
}

/** An option that always has a value. */
export function one<Value>(type: OptionType<Value>, value: Value, about: OptionDescription): OptionDefinition<Value> {
  return define(type, 'one', value, about);
}

/** An option that has at most one value. */
export function optional<Value>(
  type: OptionType<Value>,
  about: OptionDescription,
): OptionDefinition<Value | undefined> {
  return define<Value | undefined>(type, 'optional', undefined, about);
}

/** An option that may be given several times. */
export function many<Value>(
  type: OptionType<Value>,
  values: readonly Value[],
  about: OptionDescription,
): OptionDefinition<readonly Value[]> {
  return define(type, 'many', values, about);
}

function define<Value>(
  type: OptionType<unknown>,
  arity: OptionDefinition['arity'],
  value: Value,
  about: OptionDescription,
): OptionDefinition<Value> {
  const { help, negated, flag = false, bare, short, metavar = type.metavar, confidential = false } = about;
  return { type, arity, default: value, help, negated, flag, bare, short, metavar, confidential };
}
