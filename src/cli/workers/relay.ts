import type { WriteStream } from 'node:tty';
import type { SpoolPolicy } from '../../flow/body/spool-policy.js';
import type { Flow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import type { Log } from '../../flow/log.js';

/** Where readable output goes. */
export interface Streams {
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
}

/** What a relay needs of the session. */
export interface RelayParts {
  readonly log: Log;
  readonly spool: SpoolPolicy;
  /** Gives what is stored of a flow in progress; see `LiveJournalOptions`. */
  readonly headsOf: ((flow: Flow) => Flow) | undefined;
}

/** Takes flows to another process. */
export interface Relay {
  /** They come after those that save and show flows. */
  readonly addons: readonly Addon[];
  /** Called when all flows have ended. */
  close(): Promise<void>;
}
