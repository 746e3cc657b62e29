import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ComparedRow, compareBuilds } from './comparison.js';
import { Children } from './harness/children.js';
import { renderComparison } from './harness/comparison-table.js';
import { findLoadGenerator } from './harness/load.js';
import { startOrigin } from './harness/origin.js';
import { installPeers, NO_PEERS } from './harness/peers.js';
import { reserveProcessor } from './harness/processors.js';
import { findProgram } from './harness/programs.js';
import { renderTable } from './harness/table.js';
import { type Options, readArguments, USAGE } from './options.js';
import type { Bench, Row, RowResult } from './row.js';

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;

process.exitCode = await main();

async function main(): Promise<number> {
  let options: Options;
  try {
    options = readArguments();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }

  const dir = mkdtempSync(join(tmpdir(), 'tsdump-bench-'));
  const children = new Children();
  const cleanUp = () => {
    children.endAll();
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once('exit', cleanUp);
  for (const [signal, code] of SIGNALS) process.once(signal, () => process.exit(code));
  try {
    return await measure(options, children, dir);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  } finally {
    children.endAll();
  }
}

async function measure(options: Options, children: Children, dir: string): Promise<number> {
  const { seconds, rounds, quick, tsdump, old } = options;
  const progress = (text: string) => process.stderr.write(`  ${text}\n`);
  const bench: Bench = {
    seconds,
    rounds,
    quick,
    tsdump,
    recorder: tsdump,
    comparing: old !== undefined,
    // Before any program is started, because children inherit the processors of their parent.
    pin: old === undefined ? [] : reserveProcessor(),
    dir,
    mitmdump: old === undefined ? findProgram('mitmdump') : undefined,
    peers: options.peers ? await installPeers(children, dir, progress) : NO_PEERS,
    children,
    origin: await startOrigin(children, dir),
    load: await findLoadGenerator(children, dir),
    progress,
  };
  const setting = describe(bench, old);
  const { text, rows, failed } =
    old === undefined ? await measureRows(options, bench) : await compareRows(options, bench, old);
  process.stdout.write(`\n${setting}\n\n${text}\n`);
  if (options.json) {
    const report = { date: new Date().toISOString(), setting, rows };
    writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  return failed ? 1 : 0;
}

interface Report {
  /** The table and the notes below it. */
  text: string;
  /** For JSON. */
  rows: object[];
  failed: boolean;
}

/** Runs the rows; a failed row is reported, and the next one runs. */
async function measureRows({ rows, chosen }: Options, bench: Bench): Promise<Report> {
  const results: { row: Row; result: RowResult }[] = [];
  let failed = false;
  for (const row of rows) {
    process.stderr.write(`${row.title}\n`);
    try {
      const result = await row.run(bench);
      if (bench.quick) for (const measurement of result.measurements) measurement.goals = undefined;
      results.push({ row, result });
    } catch (error) {
      failed = true;
      const message = (error as Error).message;
      process.stderr.write(`  FAILED: ${message}\n`);
      results.push({ row, result: { measurements: [], notes: [`FAILED: ${message.split(/:?\n/, 1)[0]}.`] } });
    }
  }
  const details = results.flatMap(({ row, result }) =>
    result.details && chosen.includes(row.name) ? `\n\n${result.details}` : [],
  );
  return {
    text: `${renderTable(results)}${details.join('')}`,
    rows: results.map(({ row, result }) => ({ name: row.name, title: row.title, ...result })),
    failed,
  };
}

async function compareRows({ rows, chosen }: Options, bench: Bench, old: string): Promise<Report> {
  const results: ComparedRow[] = [];
  for (const row of rows) {
    process.stderr.write(`${row.title}\n`);
    const result = await compareBuilds(row, bench, { old, new: bench.tsdump });
    if (result.failure) process.stderr.write(`  FAILED: ${result.failure}\n`);
    results.push(result);
  }
  const details = results.flatMap(({ row, details }) =>
    chosen.includes(row.name) ? Object.entries(details).map(([build, text]) => `\n\n${build}:\n${text}`) : [],
  );
  return {
    text: `${renderComparison(results)}${details.join('')}`,
    rows: results.map(({ row, ...result }) => ({ name: row.name, title: row.title, ...result })),
    failed: results.some(({ failure }) => failure !== undefined),
  };
}

function describe(bench: Bench, old: string | undefined): string {
  const processors = cpus();
  const machine = `${processors.length} × ${processors[0]?.model.trim() || process.arch}`;
  const method = `rounds in turn: ${bench.rounds}, of ${bench.seconds} s for load; medians`;
  const lines = [
    `Node ${process.version} on ${machine}; origin: ${bench.origin.name}; load: ${bench.load.name}; ${method}.`,
  ];
  if (old !== undefined) {
    lines.push(`old: ${old}; new: ${bench.tsdump}.`);
    lines.push(bench.pin.length > 0 ? 'tsdump has a processor of its own.' : 'All programs share the processors.');
  } else if (bench.mitmdump === undefined) lines.push('mitmdump is not installed.');
  lines.push(...bench.peers.notes);
  if (bench.quick) lines.push('TRIAL RUN WITH TINY COUNTS: the figures mean nothing.');
  return lines.join('\n');
}
