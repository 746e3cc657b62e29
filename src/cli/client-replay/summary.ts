import type { Quantiles } from '../../addons/statistics/quantiles.js';
import { formatDuration } from '../../addons/statistics/table.js';
import { plural } from '../../flow/text/plural.js';
import { OBSTACLES } from '../../replay/client/request/replayable.js';
import type { ReplayStatistics } from './statistics.js';

/** Maximum number of names in a line. */
const LISTED = 10;

/** The lines of the summary of a client replay. @param seconds duration of the replay */
export function summaryLines(statistics: ReplayStatistics, seconds: number): string[] {
  const { sent, failures, retries, unsentCount, failureCodes, refusals, obstacles } = statistics;
  const rate = seconds > 0 && sent > 1 ? ` (${formatRate(sent / seconds)})` : '';
  const lines = [`Sent ${plural(sent, 'request')} in ${formatDuration(seconds)}${rate}.`];
  if (failures > 0) lines.push(`failed: ${failures} (${listed(failureCodes)})`);
  if (retries > 0) lines.push(`further attempts: ${retries}`);
  if (refusals.size > 0)
    lines.push(`refused, as their host is no target: ${statistics.refusedCount} (${listed(refusals)})`);
  for (const [obstacle, count] of obstacles) lines.push(`not replayed, ${OBSTACLES[obstacle].text}: ${count}`);
  if (unsentCount > 0) lines.push(`read, but not sent before the end: ${unsentCount}`);
  if (sent === 0) return lines;
  lines.push(...table(statusRows(statistics)), ...table(latencyRows(statistics)));
  return lines;
}

/** Formats a rate, for example `98/s`. */
export function formatRate(rate: number): string {
  return `${rate >= 10 ? Math.round(rate) : Math.round(rate * 10) / 10}/s`;
}

function listed(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  const shown = sorted.slice(0, LISTED).map(([name, count]) => `${name}: ${count}`);
  if (sorted.length > LISTED) shown.push(plural(sorted.length - LISTED, 'other'));
  return shown.join(', ');
}

function statusRows({ statuses }: ReplayStatistics): string[][] {
  const sorted = [...statuses].sort(([one], [other]) => (one || 1000) - (other || 1000));
  return [
    ['status', 'then', 'now'],
    ...sorted.map(([status, { recorded, replayed }]) => [
      status === 0 ? 'none' : `${status}`,
      `${recorded}`,
      `${replayed}`,
    ]),
  ];
}

function latencyRows({
  recordedLatency: latencyThen,
  replayedLatency: latencyNow,
  latencyFromDue,
  lateness,
}: ReplayStatistics): string[][] {
  const rows: [string, Quantiles][] = [
    ['then', latencyThen],
    ['now', latencyNow],
    ['now, from due', latencyFromDue],
    ['sent late by', lateness],
  ];
  const shown = rows.filter(([, values]) => values.count > 0);
  if (shown.length === 0) return [];
  return [
    ['latency', 'p50', 'p90', 'p99', 'max'],
    ...shown.map(([name, values]) => [
      name,
      ...[0.5, 0.9, 0.99].map((fraction) => formatDuration(values.at(fraction))),
      formatDuration(values.max),
    ]),
  ];
}

/** Pads columns to equal width; numbers are right-aligned. */
function table(rows: readonly string[][]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]!.length))) ?? [];
  return rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
  );
}
