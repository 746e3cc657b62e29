import type { WriteStream } from 'node:tty';
import type { LiveFlows } from '../../addons/live-flows.js';
import type { SpoolPolicy } from '../../flow/body/spool-policy.js';
import type { Flow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import type { Log } from '../../flow/log.js';

/** The streams for readable output. */
export interface Streams {
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
}

/** The parts of a session that the sender uses. */
export interface FlowSenderParts {
  readonly log: Log;
  readonly spool: SpoolPolicy;
  /** Returns the part of a flow in progress to store; see `LiveJournalOptions`. */
  readonly headsOf: ((flow: Flow) => Flow) | undefined;
}

/** Sends the flows of a worker to its parent. */
export interface FlowSender {
  /** Called after the addons that save and show flows. */
  readonly addons: readonly Addon[];
  /** Store flows in progress until the other process has written them. */
  readonly journals: readonly LiveFlows[];
  /** Called when all flows have ended. */
  close(): Promise<void>;
}
