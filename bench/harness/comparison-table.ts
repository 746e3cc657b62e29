import { BUILDS, type ComparedRow, type Comparison } from '../comparison.js';
import { median } from './stats.js';
import { align, format } from './table.js';

const HEADER = ['', 'unit', 'old', 'range', 'new', 'range', 'new/old', 'range of pairs', 'new is', 'better in'];

/** The figures of two builds as a Markdown table, with the notes of the rows below it. */
export function renderComparison(rows: readonly ComparedRow[]): string {
  const lines: string[][] = [];
  for (const { row, comparisons } of rows) {
    lines.push([`**${row.title}**`, ...HEADER.slice(1).map(() => '')]);
    for (const comparison of comparisons) lines.push(cells(comparison));
  }
  const notes = rows.flatMap(({ row, notes, failure }) =>
    [...notes, ...(failure ? [`FAILED: ${failure.split(/:?\n/, 1)[0]}.`] : [])].map((note) => `- ${row.name}: ${note}`),
  );
  return `${align([HEADER, ...lines], HEADER.length)}${notes.length > 0 ? `\n\n${notes.join('\n')}` : ''}`;
}

export interface Ratios {
  /** New median by old median. */
  medians: number;
  /** New figure by old figure of each pair of rounds. */
  pairs: number[];
  /** Pairs in which the new build is better. */
  better: number;
}

/** Undefined if a figure is not positive, such as the growth of a heap that shrank. */
export function ratios({ rounds, better }: Comparison): Ratios | undefined {
  if ([...rounds.old, ...rounds.new].some((figure) => figure <= 0)) return undefined;
  const pairs = rounds.new.map((figure, at) => figure / rounds.old[at]!);
  return {
    medians: median(rounds.new) / median(rounds.old),
    pairs,
    better: pairs.filter((ratio) => (better === 'more' ? ratio > 1 : ratio < 1)).length,
  };
}

function cells(comparison: Comparison): string[] {
  const { what, unit, better, rounds } = comparison;
  const figures = BUILDS.flatMap((build) => [format(median(rounds[build])), range(rounds[build], format)]);
  const compared = ratios(comparison);
  if (!compared) return [what, unit, ...figures, '', '', '', ''];
  const { medians, pairs } = compared;
  const score = `${compared.better} of ${pairs.length}`;
  return [what, unit, ...figures, fixed(medians), range(pairs, fixed), change(medians, better), score];
}

/** Relative change of the median. */
function change(ratio: number, better: Comparison['better']): string {
  const percent = Math.abs(ratio - 1) * 100;
  if (percent < 0.05) return 'the same';
  const isBetter = better === 'more' ? ratio > 1 : ratio < 1;
  return `${percent.toFixed(1)} % ${isBetter ? 'better' : 'worse'}`;
}

function range(values: readonly number[], render: (value: number) => string): string {
  return `${render(Math.min(...values))}–${render(Math.max(...values))}`;
}

function fixed(ratio: number): string {
  return ratio.toFixed(3);
}
