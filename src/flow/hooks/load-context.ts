import type { FlowFilter } from '../filter.js';
import type { Log } from '../log.js';
import type { Addon } from './hooks.js';

/** The JavaScript type of each option type. Durations are in seconds, sizes in bytes. */
export interface AddonOptionValues {
  /** Text. */
  str: string;
  /** A file or folder; a leading `~/` is the home folder. */
  path: string;
  /** An integer. */
  int: number;
  /** A duration, which may have a fraction: `0.5`. */
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

/** The value that `addOption` returns for a type. */
export type AddonOptionValue<Type extends AddonOptionType> = Type extends `optional ${infer Scalar extends
  AddonScalarType}`
  ? AddonOptionValues[Scalar] | undefined
  : Type extends `sequence of ${infer Scalar extends AddonScalarType}`
    ? readonly AddonOptionValues[Scalar][]
    : Type extends AddonScalarType
      ? AddonOptionValues[Type]
      : never;

/** The definition of an option that an addon adds. */
export interface AddonOption<Type extends AddonOptionType> {
  /** The syntax and the number of values. */
  type: Type;
  /** The default value. May be omitted for `optional` (undefined) and `sequence of` (empty). */
  default?: AddonOptionValue<Type>;
  /** A sentence for `--options`. */
  help: string;
  /** For `str`: the allowed values. */
  choices?: readonly string[];
}

/** The argument of `load`. */
export interface LoadContext {
  /** The log of the program, on stderr. */
  readonly log: Log;
  /**
   * The values of all options by name in camelCase, such as `listenPort`, including those that addons have added so far. See
   * `docs/options.md`.
   */
  readonly options: Readonly<Record<string, unknown>>;
  /** The version of tsdump. */
  readonly version: string;
  /**
   * The number of the worker process that runs the script, from 1; always 1 without `workers`. A worker that takes the place of
   * another has its number.
   */
  readonly worker: number;
  /** Aborted before `done`: at the end of the program, and when a newer version of the script replaces this one. */
  readonly signal: AbortSignal;
  /**
   * Adds an option, which users can set with `--set`, in the config file and in the environment. Call it only in `load`.
   * @param name in snake_case
   * @returns the value of the option
   * @throws Error if the name is taken, the definition is invalid, or `load` has ended
   */
  addOption<const Type extends AddonOptionType>(name: string, option: AddonOption<Type>): AddonOptionValue<Type>;
  /**
   * Shuts the program down gracefully, as ^C does.
   * @param exitCode from 0 to 255, by default 0; the highest of several calls is used
   */
  shutdown(exitCode?: number): void;
}

/**
 * An addon as a script exports it: as named exports (`export function request(flow) {}`), or as the default export, which may
 * also be a class or an array of addons.
 */
export interface ScriptAddon extends Omit<Addon, 'filter'> {
  /** Flow hooks are called only for flows that match: a filter expression, such as `~d api & ~m POST`. */
  filter?: string | FlowFilter;
  /** Called once, before any hook. The program waits for it before it starts. */
  load?: (context: LoadContext) => void | Promise<void>;
}
