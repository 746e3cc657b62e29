import type { Children } from './harness/children.js';
import type { LoadGenerator } from './harness/load.js';
import type { Origin } from './harness/origin.js';

/** What stands between client and origin, or what reads the capture: the columns of the table. */
export const CONTENDERS = ['direct', 'relay', 'tsdump', 'tsdump -w', 'mitmdump'] as const;
export type Contender = (typeof CONTENDERS)[number];

/** What was to be reached: times as good as another contender, or an absolute bound in the measurement's unit. */
export type Goal =
  | { than: 'relay' | 'mitmdump'; atLeast: number; aim: number }
  | { atLeast: number; aim?: number }
  | { atMost: number };

/** One line of the table: one thing measured for some contenders in the same run. */
export interface Measurement {
  what: string;
  unit: string;
  better: 'more' | 'less';
  /** Medians over the rounds, in `unit`. */
  values: Partial<Record<Contender, number>>;
  /** All rounds, for those who want the spread. */
  rounds?: Partial<Record<Contender, number[]>>;
  goals?: Goal[];
}

export interface RowResult {
  measurements: Measurement[];
  /** What a reader has to know beside the figures, such as a program that is missing. */
  notes: string[];
  /** A list that is too long for the table; printed below it if the row was chosen by name. */
  details?: string;
}

/** How to measure: plain data, which can be passed to another process. */
export interface Settings {
  /** Seconds of load for a contender and round. */
  readonly seconds: number;
  readonly rounds: number;
  /** True for a trial run with tiny counts, whose figures mean nothing. */
  readonly quick: boolean;
  /** The tsdump to measure: a program for Node. */
  readonly tsdump: string;
  /** The tsdump that records the captures to read. Of two builds it is the older one, as the newer one reads its files. */
  readonly recorder: string;
  /** True while two builds are compared: only tsdump runs then, recording, and only what a row is about. */
  readonly comparing: boolean;
  /** Command line that starts a program on the processor of the contenders; empty if processors are shared. */
  readonly pin: readonly string[];
}

/** What a row can use. Everything it starts or writes is gone when the run ends. */
export interface Bench extends Settings {
  /** Folder for temporary files. */
  readonly dir: string;
  /** Undefined if it is not installed. */
  readonly mitmdump: string | undefined;
  readonly children: Children;
  readonly origin: Origin;
  readonly load: LoadGenerator;
  /** Says on stderr what is being done. */
  progress(text: string): void;
}

/** One file of `rows/`: it measures, and its measurements become lines of the table. */
export interface Row {
  name: string;
  title: string;
  /** Rounds of a comparison of two builds, at most: few for a row that takes long, 0 for one that runs no build. */
  comparisonRounds?: number;
  /** @throws Error if it could not be measured; the other rows run all the same */
  run(bench: Bench): Promise<RowResult>;
}
