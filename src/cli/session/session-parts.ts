import type { CertificateForms } from '../../addons/onboarding.js';
import type { SpoolPolicy } from '../../flow/body/spool-policy.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import type { Log } from '../../flow/log.js';
import type { Definitions } from '../../protobuf/definitions/definitions.js';
import type { Redactor } from '../../redact/index.js';
import type { ScriptSettings } from '../addons/scripts.js';
import type { Reports } from '../checks/reports.js';
import type { RunWatch } from '../checks/watch-run.js';
import type { Filters } from '../filters.js';
import type { FlowSender, FlowSenderParts, Streams } from '../workers/flow-sender.js';
import type { OutputParts } from '../write/outputs.js';

/** What a session is made of, besides the options. */
export interface SessionParts extends OutputParts {
  readonly filters: Filters;
  /** Redacts all output. */
  readonly redactor?: Redactor | undefined;
  readonly scripts?: ScriptSettings;
  readonly addons?: AddonSources;
  /** The ends and checks of the run. */
  readonly watch?: RunWatch;
  /** Whether stdout belongs to a command: then readable output goes to stderr. */
  readonly stdoutTaken?: boolean;
  /** Whether a terminal shows a line with the progress. */
  readonly progress?: boolean;
  /** Called at the end, after the checks. It may still log, add to the reports and change the exit code. */
  readonly finish?: ((reports: Reports) => Promise<void>) | undefined;
  /** Set in a worker process. */
  readonly worker?: WorkerParts | undefined;
}

/** The built-in addons of the features of a run. */
export interface AddonSources {
  /** Access control and blocking; called before all others. */
  readonly access?: readonly Addon[];
  /** The CA certificate that clients can download from the proxy; undefined without a proxy. */
  readonly certificate?: CertificateForms | undefined;
  /** Creates the addons that rewrite flows; called before scripts. @throws UsageError */
  readonly rewriting?: (log: Log) => Promise<readonly Addon[]>;
  /** Creates the addons that answer requests in place of servers; called after scripts. @throws ExitError */
  readonly openServerReplay?: ((parts: ServerReplayParts) => Promise<readonly Addon[]>) | undefined;
}

/** The parts of the session that server replay needs. */
export interface ServerReplayParts {
  readonly log: Log;
  readonly spool: SpoolPolicy;
  /** Definitions of messages of Protobuf. */
  readonly definitions: Definitions | undefined;
}

/** What a worker process has in place of the streams and outputs of its parent. */
export interface WorkerParts {
  /** Its number among the processes that run the same scripts, from 1. */
  readonly number: number;
  /** In place of the process's stdout and stderr. */
  readonly streams: Streams;
  /** Called for a script that requires a single process. @returns false if several are running */
  readonly alone: (script: string) => Promise<boolean>;
  /** Creates the sender of flows to the parent. */
  readonly flowSender: (parts: FlowSenderParts) => Promise<FlowSender>;
}
