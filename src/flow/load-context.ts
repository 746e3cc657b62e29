import type { Log } from './log.js';

/** What a value of each type of option is in JavaScript. Durations are in seconds, sizes in bytes. */
export interface AddonOptionValues {
  /** Text. */
  str: string;
  /** A file or folder; `~/` at its beginning is the home folder. */
  path: string;
  /** A whole number. */
  int: number;
  /** A duration, also with a fraction: `0.5`. */
  seconds: number;
  /** A number of bytes: `65536`, `64k`, `1m`. */
  size: number;
  /** `true` or `false`, also `yes`, `no`, `on`, `off`, `1` and `0`. */
  bool: boolean;
}

/** A type without an arity. */
export type AddonScalarType = keyof AddonOptionValues;

/** The type of an option: one value, at most one (`optional …`), or any number of them (`sequence of …`). */
export type AddonOptionType = AddonScalarType | `optional ${AddonScalarType}` | `sequence of ${AddonScalarType}`;

/** What `addOption` returns for a type. */
export type AddonOptionValue<Type extends AddonOptionType> = Type extends `optional ${infer Scalar extends
  AddonScalarType}`
  ? AddonOptionValues[Scalar] | undefined
  : Type extends `sequence of ${infer Scalar extends AddonScalarType}`
    ? readonly AddonOptionValues[Scalar][]
    : Type extends AddonScalarType
      ? AddonOptionValues[Type]
      : never;

/** An option that an addon adds to those of tsdump. */
export interface AddonOption<Type extends AddonOptionType> {
  /** How the value is written, and how many there may be. */
  type: Type;
  /** The value if none is given. May be left out for `optional` (undefined) and `sequence of` (none). */
  default?: AddonOptionValue<Type>;
  /** A sentence for `--options`. */
  help: string;
  /** For `str`: the words that it may be. */
  choices?: readonly string[];
}

/** What an addon gets when it is loaded. */
export interface LoadContext {
  /** The log of the program, on stderr. */
  readonly log: Log;
  /**
   * The values of all options by their names in camelCase, such as `listenPort`; with those that addons have added so
   * far. See `docs/options.md`.
   */
  readonly options: Readonly<Record<string, unknown>>;
  /** The version of tsdump. */
  readonly version: string;
  /** Aborted when this version of the addon is unloaded: before `done`, at the end and when a newer version takes over. */
  readonly signal: AbortSignal;
  /**
   * Adds an option, which then can be set by `--set`, in the config file and in the environment. Only while `load` runs.
   * @param name in snake_case
   * @returns its value
   * @throws Error if the name is taken, or the definition is not valid
   */
  addOption<const Type extends AddonOptionType>(name: string, option: AddonOption<Type>): AddonOptionValue<Type>;
  /**
   * Ends the program in order, as ^C does.
   * @param exitCode from 0 to 255; if several are given, the highest counts
   */
  shutdown(exitCode?: number): void;
}
