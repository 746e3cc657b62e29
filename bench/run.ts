import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Children } from './harness/children.js';
import { findLoadGenerator } from './harness/load.js';
import { startOrigin } from './harness/origin.js';
import { builtTsdump, findProgram } from './harness/programs.js';
import { renderTable } from './harness/table.js';
import type { Bench, Row, RowResult } from './row.js';
import { ROWS } from './rows/index.js';

const USAGE = `Usage: npm run bench [-- [ROW...] [options]]

Rows:
${ROWS.map(({ name, title }) => `  ${name.padEnd(16)}${title}`).join('\n')}

Options:
  --seconds N     load for each contender and round (default 5)
  --rounds N      rounds in turn, of which the median counts (default 3)
  --quick         a trial with tiny counts: shows that everything runs, its figures mean nothing
  --tsdump FILE   the program to measure (default bin/tsdump of this tree)
  --json FILE     write the figures of all rounds there, too
  --help
`;

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
  const bench: Bench = {
    seconds: options.quick ? 1 : options.seconds,
    rounds: options.quick ? 1 : options.rounds,
    quick: options.quick,
    dir,
    tsdump: options.tsdump,
    mitmdump: findProgram('mitmdump'),
    children,
    origin: await startOrigin(children, dir),
    load: await findLoadGenerator(children, dir),
    progress: (text) => process.stderr.write(`  ${text}\n`),
  };
  const { results, failed } = await runRows(options.rows, bench);
  const setting = describe(bench);
  process.stdout.write(`\n${setting}\n\n${renderTable(results)}\n`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(toJson(setting, results), null, 2)}\n`);
  return failed ? 1 : 0;
}

/** A row that fails is reported, and the next one runs. */
async function runRows(rows: readonly Row[], bench: Bench) {
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
  return { results, failed };
}

interface Options {
  rows: readonly Row[];
  seconds: number;
  rounds: number;
  quick: boolean;
  tsdump: string;
  json: string | undefined;
  help: boolean;
}

/** @throws Error if an argument is not known or has no usable value */
function readArguments(): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '3' },
      quick: { type: 'boolean', default: false },
      tsdump: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const chosen = positionals.map((name) => {
    const row = ROWS.find((one) => one.name === name);
    if (!row) throw new Error(`No row is called ${name}`);
    return row;
  });
  return {
    rows: chosen.length > 0 ? chosen : ROWS,
    seconds: positiveInteger('--seconds', values.seconds),
    rounds: positiveInteger('--rounds', values.rounds),
    quick: values.quick,
    tsdump: values.tsdump ? resolve(values.tsdump) : builtTsdump(),
    json: values.json,
    help: values.help,
  };
}

function positiveInteger(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} wants a positive whole number, not ${text}`);
  return value;
}

function describe(bench: Bench): string {
  const processors = cpus();
  const machine = `${processors.length} × ${processors[0]?.model.trim() || process.arch}`;
  const method = `rounds in turn: ${bench.rounds}, of ${bench.seconds} s for load; medians`;
  const text = `Node ${process.version} on ${machine}; origin: ${bench.origin.name}; load: ${bench.load.name}; ${method}.`;
  return bench.quick ? `${text}\nTRIAL RUN WITH TINY COUNTS: the figures mean nothing.` : text;
}

function toJson(setting: string, results: readonly { row: Row; result: RowResult }[]) {
  const rows = results.map(({ row, result }) => ({ name: row.name, title: row.title, ...result }));
  return { date: new Date().toISOString(), setting, rows };
}
