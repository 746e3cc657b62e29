import { CONTENDERS, type Contender, type Goal, type Measurement, PEERS, type Row, type RowResult } from '../row.js';

/** The figures of all rows as one Markdown table, with the notes of the rows below it. */
export function renderTable(results: readonly { row: Row; result: RowResult }[]): string {
  const measured = results.flatMap(({ result }) => result.measurements);
  // Peers are columns only if they were measured.
  const shown = CONTENDERS.filter((one) => !isPeer(one) || measured.some(({ values }) => values[one] !== undefined));
  const header = ['', 'unit', ...shown, 'vs relay', 'vs mitmdump', 'goal'];
  const lines: string[][] = [];
  for (const { row, result } of results) {
    lines.push([`**${row.title}**`, ...header.slice(1).map(() => '')]);
    for (const measurement of result.measurements) lines.push(cells(measurement, shown));
  }
  const notes = results.flatMap(({ row, result }) => result.notes.map((note) => `- ${row.name}: ${note}`));
  return `${align([header, ...lines])}${notes.length > 0 ? `\n\n${notes.join('\n')}` : ''}`;
}

/** The figure of tsdump to compare: that of recording, if measured. */
function ourValue(measurement: Measurement): number | undefined {
  return measurement.values['tsdump -w'] ?? measurement.values.tsdump;
}

/** Ratio of tsdump to another contender; greater is better: twice the rate, or half the time or memory, is 2. */
export function ratio(measurement: Measurement, than: Contender): number | undefined {
  const ours = ourValue(measurement);
  const theirs = measurement.values[than];
  if (ours === undefined || theirs === undefined) return undefined;
  return measurement.better === 'more' ? ours / theirs : theirs / ours;
}

/** The goal and whether it was reached; undefined if the compared contender was not measured. */
export function verdict(measurement: Measurement, goal: Goal): string | undefined {
  const value = 'than' in goal ? ratio(measurement, goal.than) : ourValue(measurement);
  if (value === undefined) return undefined;
  if ('atMost' in goal) return `≤ ${format(goal.atMost)}: ${value <= goal.atMost ? 'reached' : 'MISSED'}`;
  const { atLeast, aim = atLeast } = goal;
  const bound = aim === atLeast ? `≥ ${format(atLeast)}` : `≥ ${format(atLeast)}, aim ${format(aim)}`;
  const reached = value >= aim ? 'reached' : value >= atLeast ? 'at least reached' : 'MISSED';
  return `${bound}${'than' in goal ? ` × ${goal.than}` : ''}: ${reached}`;
}

function isPeer(contender: Contender): boolean {
  return PEERS.some((peer) => peer === contender);
}

function cells(measurement: Measurement, shown: readonly Contender[]): string[] {
  const figures = shown.map((contender) => formatOr(measurement.values[contender]));
  const ratios = (['relay', 'mitmdump'] as const).map((than) => formatOr(ratio(measurement, than)));
  const verdicts = (measurement.goals ?? []).map((goal) => verdict(measurement, goal)).filter(Boolean);
  return [measurement.what, measurement.unit, ...figures, ...ratios, verdicts.join('; ')];
}

function formatOr(value: number | undefined): string {
  return value === undefined ? '' : format(value);
}

/** Three digits, more than a benchmark is exact to; integers from 100 on. */
export function format(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/** A Markdown table that is readable as text, too. Columns from the third up to `figures` are right-aligned. */
export function align(rows: string[][], figures = rows[0]!.length - 1): string {
  const header = rows[0]!;
  const right = header.map((_, column) => column >= 2 && column < figures);
  const widths = header.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const line = (row: string[]) =>
    `| ${row.map((cell, at) => (right[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!))).join(' | ')} |`;
  const rule = `|${widths.map((width, at) => `${'-'.repeat(width + 1)}${right[at] ? ':' : '-'}`).join('|')}|`;
  return [line(header), rule, ...rows.slice(1).map(line)].join('\n');
}
