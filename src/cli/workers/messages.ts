import type { Listening } from '../../engine/index.js';
import type { ResolvedOptions } from '../options/resolve.js';
import type { ProgramErrorCode } from '../process/error-codes.js';

/**
 * The flows that a worker sends for one or more outputs of the parent: those that match a filter, with their bodies if `bodies`
 * is set.
 */
export interface FlowGroup {
  /** A filter expression; undefined for all flows. */
  readonly filter: string | undefined;
  readonly bodies: boolean;
}

/** The properties of one of the parent's streams that affect the formatting of lines. */
export interface TerminalFacts {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  /** The stream is the null device, so lines need not be formatted. */
  readonly discards: boolean;
}

/** The parameters of a new worker process. */
export interface WorkerStart {
  /** Number of the worker, from 1. */
  readonly number: number;
  /** The options, without the functions of `unclaimed`, which cannot be sent. */
  readonly resolved: ResolvedOptions;
  /** Key and certificates of the CA in PEM form, and the path of its file. */
  readonly authority: { readonly pem: string; readonly file: string };
  readonly tls: { readonly ticketKeys: Buffer; readonly ecKey: string };
  /** The groups of flows to send; empty if no output of the parent takes flows. */
  readonly groups: readonly FlowGroup[];
  /** Whether to send `activity` messages. */
  readonly tellsActivity: boolean;
  /** Paths of the recorded files. */
  readonly captures: readonly string[];
  /** The filter of the recorded files. */
  readonly saveFilter: string | undefined;
  readonly display: TerminalFacts;
  readonly stderr: TerminalFacts;
  /** Whether to trust the root certificates that other programs in this environment trust. */
  readonly userRoots: boolean;
  /** Whether to suppress warnings at start-up, because another worker prints the same ones. */
  readonly quiet: boolean;
  /** The writer in the heads of records (8 bytes). */
  readonly writer: Buffer;
  /** Number of worker processes. */
  readonly workers: number;
  /** Number of listening sockets. Each comes in a message of its own. */
  readonly sockets: number;
}

/** Messages from the parent to a worker. */
export type ToWorker =
  | { readonly type: 'start'; readonly start: WorkerStart }
  /** Comes with a listening socket, in the order of the modes. */
  | { readonly type: 'socket' }
  /** The outputs are open: start to serve clients. */
  | { readonly type: 'serve' }
  /** Shut down. Exchanges in progress may take this many milliseconds. */
  | { readonly type: 'stop'; readonly graceMs: number }
  /** Exit without waiting. */
  | { readonly type: 'force' }
  /** The answer to `rsa-key`. */
  | { readonly type: 'rsa-key'; readonly pem: string }
  /** The answer to `alone`: the other workers are not started. */
  | { readonly type: 'alone' }
  /** The recorded files have changed, so certificate chains have to be written again. */
  | { readonly type: 'captures'; readonly captures: readonly string[] };

/** Messages from a worker to its parent. */
export type ToParent =
  | { readonly type: 'listening'; readonly listening: readonly Listening[] }
  /** The worker failed to start. */
  | { readonly type: 'failed'; readonly code: ProgramErrorCode; readonly messages: readonly string[] }
  /** The worker failed to start: no script has an option for the setting with this index in `unclaimed`. */
  | { readonly type: 'unclaimed'; readonly index: number; readonly others: readonly string[] }
  /** A script has to run in a single process. */
  | { readonly type: 'alone'; readonly script: string }
  /** A request for the RSA key of leaf certificates. */
  | { readonly type: 'rsa-key' }
  /** The answer to `stop` and `force`, at once: no script keeps the worker busy. */
  | { readonly type: 'heard' }
  /** Follows `heard` after `stop`: the number of exchanges in progress. */
  | { readonly type: 'live'; readonly count: number }
  /** A request to end the program. */
  | { readonly type: 'shutdown'; readonly code: number }
  /**
   * `busy` and `quiet`: the first exchange in progress has begun, the last one has ended. `message`: a message arrived on a
   * connection that may stay open without exchanges, such as a WebSocket.
   */
  | { readonly type: 'activity'; readonly what: 'busy' | 'quiet' | 'message' }
  /** All flows are acknowledged, and the process is about to exit. */
  | { readonly type: 'done' };

/** File descriptors of a worker, besides the standard ones and Node's message channel (3). */
export const WORKER_FD = {
  /** Records of flows to the parent, and acknowledgements from it. */
  records: 4,
  /** Lines for the parent's stdout and stderr. */
  lines: 5,
  /** The parent's stderr, used after the parent has exited. */
  stderr: 6,
} as const;

/** The destination of lines. */
export const LINES_FOR = { display: 0, stderr: 1 } as const;

/** Size of the head of a block of lines: destination (1), length (4, little endian). */
export const LINES_HEAD = 5;

/** Size of an acknowledgement: the number of bytes of written records as a double (8, little endian). */
export const ACKNOWLEDGEMENT = 8;
