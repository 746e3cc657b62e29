import type { Children } from './harness/children.js';
import type { LoadGenerator } from './harness/load.js';
import type { Origin } from './harness/origin.js';
import type { Peers } from './harness/peers.js';

/** Proxies that users could choose instead, each with a recorder of ours in `peers/`. */
export const PEERS = ['goproxy', 'hudsucker', 'mockttp', 'http-mitm-proxy'] as const;
export type Peer = (typeof PEERS)[number];

/** The programs between client and origin, or that read the capture: the columns of the table. */
export const CONTENDERS = ['direct', 'relay', 'tsdump', 'tsdump -w', 'mitmdump', ...PEERS] as const;
export type Contender = (typeof CONTENDERS)[number];

/** A goal: a ratio to another contender, or an absolute bound in the unit of the measurement. */
export type Goal =
  | { than: 'relay' | 'mitmdump'; atLeast: number; aim: number }
  | { atLeast: number; aim?: number }
  | { atMost: number };

/** One line of the table: one quantity, measured for several contenders in the same run. */
export interface Measurement {
  what: string;
  unit: string;
  better: 'more' | 'less';
  /** Medians over the rounds, in `unit`. */
  values: Partial<Record<Contender, number>>;
  /** All rounds, to show the spread. */
  rounds?: Partial<Record<Contender, number[]>>;
  goals?: Goal[];
}

export interface RowResult {
  measurements: Measurement[];
  /** Notes on the figures, such as a missing program. */
  notes: string[];
  /** Details that are printed below the table if the row was selected by name. */
  details?: string;
}

/** Settings of a measurement: plain data, which can be passed to another process. */
export interface Settings {
  /** Seconds of load for a contender and round. */
  readonly seconds: number;
  readonly rounds: number;
  /** True for a trial run with tiny counts and meaningless figures. */
  readonly quick: boolean;
  /** The tsdump to measure: a program for Node. */
  readonly tsdump: string;
  /** The tsdump that records the captures to read: the older of two builds, because the newer one can read its files. */
  readonly recorder: string;
  /** True while two builds are compared: then only a recording tsdump runs, and only the main measurement of a row. */
  readonly comparing: boolean;
  /** Command line that starts a program on the processor of the contenders; empty if processors are shared. */
  readonly pin: readonly string[];
}

/** The environment of a row. Everything that it starts or writes is removed at the end of the run. */
export interface Bench extends Settings {
  /** Folder for temporary files. */
  readonly dir: string;
  /** Undefined if it is not installed. */
  readonly mitmdump: string | undefined;
  /** The peers that were selected and could be installed. */
  readonly peers: Peers;
  readonly children: Children;
  readonly origin: Origin;
  readonly load: LoadGenerator;
  /** Reports progress on stderr. */
  progress(text: string): void;
}

/** One file of `rows/`, whose measurements become lines of the table. */
export interface Row {
  name: string;
  title: string;
  /** Maximum number of rounds in a comparison of two builds: few for a slow row, 0 for one that runs no build. */
  comparisonRounds?: number;
  /** @throws Error if the measurement failed; the other rows still run */
  run(bench: Bench): Promise<RowResult>;
}
