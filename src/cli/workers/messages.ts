import type { Listening } from '../../engine/index.js';
import type { ResolvedOptions } from '../options/resolve.js';
import type { ProgramErrorCode } from '../process/error-codes.js';

/** Flows that outputs of the parent want: those that match a filter, with or without their bodies. */
export interface FlowGroup {
  /** A filter expression; undefined for all flows. */
  readonly filter: string | undefined;
  readonly bodies: boolean;
}

/** The properties of a stream of the parent that decide what lines look like. */
export interface TerminalFacts {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  /** It is the null device: nothing has to be formatted for it. */
  readonly discards: boolean;
}

/** All that a worker needs to start. */
export interface WorkerStart {
  /** From 1. */
  readonly number: number;
  /** Without the functions of unclaimed settings. */
  readonly resolved: ResolvedOptions;
  /** The CA with its key, in PEM form, and its file. */
  readonly authority: { readonly pem: string; readonly file: string };
  readonly tls: { readonly ticketKeys: Buffer; readonly ecKey: string };
  /** What the outputs of the parent want; empty if they want no flows. */
  readonly groups: readonly FlowGroup[];
  /** Whether to tell when exchanges are in progress. */
  readonly tellsActivity: boolean;
  /** Paths of the files that are recorded to. */
  readonly captures: readonly string[];
  /** The filter of what is recorded. */
  readonly saveFilter: string | undefined;
  readonly display: TerminalFacts;
  readonly stderr: TerminalFacts;
  /** Whether the proxy trusts the roots that programs trust in this environment. */
  readonly userRoots: boolean;
  /** Whether warnings of the start are not printed, because another worker prints the same. */
  readonly quiet: boolean;
  /** What identifies the writer in records. */
  readonly writer: Buffer;
  /** Number of worker processes. */
  readonly workers: number;
  /** Number of listening sockets, each of which comes in a message of its own. */
  readonly sockets: number;
}

/** Messages from the parent to a worker. */
export type ToWorker =
  | { readonly type: 'start'; readonly start: WorkerStart }
  /** With a listening socket, in the order of the modes. */
  | { readonly type: 'socket' }
  /** The outputs are open: serve clients. */
  | { readonly type: 'serve' }
  /** Shut down; exchanges in progress have this many milliseconds. */
  | { readonly type: 'stop'; readonly graceMs: number }
  /** Wait for nothing any more. */
  | { readonly type: 'force' }
  /** The answer to `rsa-key`. */
  | { readonly type: 'rsa-key'; readonly pem: string }
  /** The answer to `alone`: the other workers are not started. */
  | { readonly type: 'alone' }
  /** Other files are written now, in which certificates have to be again. */
  | { readonly type: 'captures'; readonly captures: readonly string[] };

/** Messages from a worker to its parent. */
export type ToParent =
  | { readonly type: 'listening'; readonly listening: readonly Listening[] }
  /** It could not start. */
  | { readonly type: 'failed'; readonly code: ProgramErrorCode; readonly messages: readonly string[] }
  /** It could not start, because no script has an option for this setting, by its index. */
  | { readonly type: 'unclaimed'; readonly index: number; readonly others: readonly string[] }
  /** A script that may run in one process only. */
  | { readonly type: 'alone'; readonly script: string }
  /** An RSA key for leaves is needed. */
  | { readonly type: 'rsa-key' }
  /** The answer to `stop`: exchanges in progress. */
  | { readonly type: 'live'; readonly count: number }
  /** The program should end. */
  | { readonly type: 'shutdown'; readonly code: number }
  /** Exchanges are in progress from now on, or none; or a message of a connection that may be silent passed. */
  | { readonly type: 'activity'; readonly what: 'busy' | 'quiet' | 'message' }
  /** All flows are acknowledged, and the process is about to exit. */
  | { readonly type: 'done' };

/** File descriptors of a worker, besides the standard ones and Node's channel for messages (3). */
export const WORKER_FD = {
  /** Records of flows to the parent, and acknowledgements from it. */
  records: 4,
  /** Lines for the display and the log. */
  lines: 5,
  /** The parent's stderr, for the time after the parent. */
  stderr: 6,
} as const;

/** The stream that a line is for. */
export const LINES_FOR = { display: 0, stderr: 1 } as const;

/** Bytes before a piece of lines: the stream (1), and the length (4, little endian). */
export const LINES_HEAD = 5;

/** Bytes of an acknowledgement: the number of bytes of records that are written, as a double, little endian. */
export const ACKNOWLEDGEMENT = 8;
