import type { UsageError } from '../process/exit-error.js';
import type { OptionName } from './table/index.js';

/** Where a value can come from; later ones win. A shorthand is a flag that stands for several options, such as `-q`. */
export const SOURCES = ['default', 'config file', 'environment', 'shorthand', 'command line'] as const;

export type Source = (typeof SOURCES)[number];

/** One value that somebody gave to an option, as text. */
export interface Setting<Name extends string = OptionName> {
  readonly option: Name;
  /** Undefined if none was given: `--set showhost`. */
  readonly text: string | undefined;
  readonly source: Source;
  /** Where exactly, as error messages name it: `--listen-port`, `TSDUMP_LISTEN_PORT`, `/home/me/.tsdump/tsdump.yaml:3`. */
  readonly place: string;
  /** Given by `--set`, which has rules of its own. */
  readonly bySet?: true;
}

/** A value for an option that tsdump does not have; an addon may. */
export interface UnclaimedSetting extends Setting<string> {
  /** The error if no addon has it either. @param others names of options that addons have */
  refusal(others?: Iterable<string>): UsageError;
}

/** What becomes of a setting without an option. */
export type OnUnclaimed = (setting: UnclaimedSetting) => void;

/** Without addons it is an error. @throws UsageError */
export const refuseUnclaimed: OnUnclaimed = (setting) => {
  throw setting.refusal();
};
