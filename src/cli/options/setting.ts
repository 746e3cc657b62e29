import type { UsageError } from '../process/exit-error.js';
import type { OptionName } from './table/index.js';

/** Sources of values; later ones take precedence. A shorthand is a flag that sets several options, such as `-q`. */
export const SOURCES = ['default', 'config file', 'environment', 'shorthand', 'command line'] as const;

export type SettingSource = (typeof SOURCES)[number];

/** One value of an option as text, from one source. */
export interface Setting<Name extends string = OptionName> {
  readonly option: Name;
  /** Undefined without a value, as in `--set showhost`. */
  readonly text: string | undefined;
  readonly source: SettingSource;
  /** The place for error messages: `--listen-port`, `TSDUMP_LISTEN_PORT`, `/home/me/.tsdump/tsdump.yaml:3`. */
  readonly place: string;
  /** Set by `--set`, whose rules differ from those of flags. */
  readonly bySet?: true;
}

/** A value for an option that tsdump does not have, but an addon may. */
export interface UnclaimedSetting extends Setting<string> {
  /** The error if no addon has the option either. @param others names of addon options */
  refusal(others?: Iterable<string>): UsageError;
}

/** Handles a setting without an option. */
export type OnUnclaimed = (setting: UnclaimedSetting) => void;

/** The handler without addons: an error. @throws UsageError */
export const refuseUnclaimed: OnUnclaimed = (setting) => {
  throw setting.refusal();
};
