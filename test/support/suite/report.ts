import type { Outcome, Skipped } from './outcome.js';

/** Number of slowest files to list. */
const SLOWEST = 10;

/** Maximum number of failures to show per file, because one often causes others. */
const SHOWN = 20;

/** Reports a run of the suite for terminals and logs: one line per unit, and details of failures. */
export class Report {
  private passed = 0;
  private failed = 0;
  private readonly skipped: Skipped[] = [];
  private readonly files: { file: string; time: number; cpu: number }[] = [];

  /**
   * @param print called with each line
   * @param each whether to print the times of each file
   */
  constructor(
    private readonly print: (line: string) => void,
    private readonly each: boolean,
  ) {}

  get ok(): boolean {
    return this.failed === 0 && this.passed > 0;
  }

  file(file: string, outcome: Outcome, output: string): void {
    this.passed += outcome.passed;
    this.failed += outcome.failures.length;
    this.skipped.push(...outcome.skipped);
    this.files.push({ file, time: outcome.time, cpu: outcome.cpu });
    if (this.each) {
      const count = `${outcome.passed} passed`;
      this.print(`  ${file}: ${seconds(outcome.time)}, CPU ${seconds(outcome.cpu)}, ${count}`);
    }
    const { failures } = outcome;
    for (const { name, details } of failures.slice(0, SHOWN)) this.print(`not ok ${name}\n${indented(details)}`);
    if (failures.length > SHOWN) this.print(`not ok ${file}: ${failures.length - SHOWN} more`);
    if (outcome.failures.length > 0 && output !== '') this.print(`Output of ${file}:\n${indented(output)}`);
  }

  /** @param time milliseconds */
  unit(name: string, files: number, time: number): void {
    this.print(`${name}${files === 1 ? '' : ` (${files} files)`}: ${seconds(time)}`);
  }

  /** The last lines. */
  end(time: number): void {
    for (const { name, reason } of this.skipped) this.print(`skipped ${name}: ${reason}`);
    const slowest = this.files.sort((a, b) => b.time - a.time).slice(0, SLOWEST);
    this.print(`Slowest: ${slowest.map(({ file, time }) => `${file} ${seconds(time)}`).join(', ')}`);
    const cpu = this.files.reduce((sum, file) => sum + file.cpu, 0);
    const skipped = this.skipped.length === 0 ? '' : `, ${this.skipped.length} skipped`;
    this.print(
      `${this.passed} passed, ${this.failed} failed${skipped} (${this.files.length} files, ${seconds(time)}, CPU ${seconds(cpu)})`,
    );
  }
}

function seconds(time: number): string {
  return `${(time / 1000).toFixed(1)} s`;
}

function indented(text: string): string {
  return text.trimEnd().replace(/^/gm, '    ');
}
