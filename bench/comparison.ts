import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Measurement, Row } from './row.js';

export const BUILDS = ['old', 'new'] as const;
export type Build = (typeof BUILDS)[number];

/** One measurement of two builds, in pairs of rounds. */
export interface Comparison extends Pick<Measurement, 'what' | 'unit' | 'better'> {
  /** Figures of each build; those with the same index were measured one after the other. */
  rounds: Record<Build, number[]>;
}

export interface ComparedRow {
  row: Row;
  comparisons: Comparison[];
  notes: string[];
  details: Partial<Record<Build, string>>;
  /** Why the measurement was aborted. */
  failure?: string;
}

/**
 * Measures a row for two builds in alternating order (old, new, new, old, …), so that drift affects both. Each round has a new
 * process, because processes of one build differ more than rounds of one process. A failed round ends the row; the pairs before
 * it count.
 */
export async function compareBuilds(row: Row, bench: Bench, programs: Record<Build, string>): Promise<ComparedRow> {
  const result: ComparedRow = { row, comparisons: [], notes: [], details: {} };
  const notes = new Set<string>();
  const rounds = Math.min(bench.rounds, row.comparisonRounds ?? bench.rounds);
  try {
    for (let round = 1; round <= rounds; round++) {
      const pair: Partial<Record<Build, Measurement[]>> = {};
      for (const build of round % 2 === 1 ? BUILDS : BUILDS.toReversed()) {
        bench.progress(`round ${round} of ${rounds}: ${build}`);
        const { measurements, notes: said, details } = await row.run(forBuild(bench, build, programs));
        pair[build] = measurements;
        for (const note of said) notes.add(note);
        if (details !== undefined) result.details[build] = details;
      }
      addPair(result.comparisons, pair as Record<Build, Measurement[]>);
    }
  } catch (error) {
    result.failure = (error as Error).message;
  }
  result.notes = [...notes];
  return result;
}

/** A bench for one round of one build, with its own home folder. */
function forBuild(bench: Bench, build: Build, programs: Record<Build, string>): Bench {
  const dir = join(bench.dir, build);
  mkdirSync(dir, { recursive: true });
  return { ...bench, dir, rounds: 1, tsdump: programs[build], recorder: programs.old, progress: () => {} };
}

function addPair(comparisons: Comparison[], pair: Record<Build, Measurement[]>): void {
  for (const { what, unit, better, values } of pair.old) {
    const older = figure(values);
    const newer = figure(pair.new.find((one) => one.what === what)?.values);
    if (older === undefined || newer === undefined) continue;
    let line = comparisons.find((one) => one.what === what);
    if (!line) {
      line = { what, unit, better, rounds: { old: [], new: [] } };
      comparisons.push(line);
    }
    line.rounds.old.push(older);
    line.rounds.new.push(newer);
  }
}

function figure(values: Measurement['values'] = {}): number | undefined {
  return values['tsdump -w'] ?? values.tsdump;
}
