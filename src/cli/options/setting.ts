import type { OptionName } from './table/index.js';

/** Where a value can come from; later ones win. A shorthand is a flag that stands for several options, such as `-q`. */
export const SOURCES = ['default', 'config file', 'environment', 'shorthand', 'command line'] as const;

export type Source = (typeof SOURCES)[number];

/** One value that somebody gave to an option, as text. */
export interface Setting {
  readonly option: OptionName;
  /** Undefined if none was given: `--set showhost`. */
  readonly text: string | undefined;
  readonly source: Source;
  /** Where exactly, as error messages name it: `--listen-port`, `TSDUMP_LISTEN_PORT`, `/home/me/.tsdump/tsdump.yaml:3`. */
  readonly place: string;
  /** Given by `--set`, which has rules of its own. */
  readonly bySet?: true;
}
