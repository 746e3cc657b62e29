import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Report } from './report.js';
import { runUnit } from './unit-process.js';
import { findUnits } from './units.js';

/** Milliseconds; the longest file installs the package. */
const PATIENCE = 360_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: 'string', default: String(availableParallelism()) },
    files: { type: 'boolean', default: false },
  },
});
const folder = fileURLToPath(new URL('../..', import.meta.url));
const root = fileURLToPath(new URL('../../../..', import.meta.url));
const units = findUnits(folder, root, positionals);
const report = new Report((line) => console.log(line), values.files);
const start = performance.now();

/** Runs units until none are left. */
async function work(): Promise<void> {
  for (let unit = units.shift(); unit; unit = units.shift()) {
    const began = performance.now();
    await runUnit(unit.files, { patience: PATIENCE, onOutcome: (...outcome) => report.file(...outcome) });
    report.unit(unit.name, unit.files.length, performance.now() - began);
  }
}

await Promise.all(Array.from({ length: Number(values.jobs) }, work));
report.end(performance.now() - start);
process.exitCode = report.ok ? 0 : 1;
