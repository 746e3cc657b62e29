import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Log } from '../../flow/log.js';
import type { Report, ReportSuite } from '../../flow/report.js';
import { REPORT_FORMATS, type ReportPrinter } from '../../report/formats.js';
import { OutputError } from '../../serialize/output/sinks.js';
import { withoutCommands } from '../../terminal/command-guard.js';
import type { LineSink } from '../../terminal/line-sink.js';
import type { ReportFile } from '../options/types/report-file.js';
import { withCode } from '../process/error-codes.js';
import { ExitCode } from '../process/exit-codes.js';
import { FORCE_GRACE, type Shutdown } from '../process/shutdown.js';
import { refuseOutput } from '../write/output.js';
import { writeReplacing, writeStdout } from './write-report.js';

/** Collects the results of the features of a run, and writes them to the files of `report` at its end. */
export class Reports {
  private readonly suites: (() => ReportSuite)[] = [];

  constructor(
    private readonly files: readonly ReportFile[],
    private readonly log: Log,
    private readonly shutdown: Shutdown,
  ) {}

  /** Whether a file or annotations are written. */
  get isWanted(): boolean {
    return this.files.length > 0 || Boolean(process.env.GITHUB_ACTIONS);
  }

  /** @param suite called after the `done` hooks, and only if a file or annotations are written */
  add(suite: () => ReportSuite): void {
    this.suites.push(suite);
  }

  /** Refuses files that cannot be written, so that the error appears before the run. @throws ExitError */
  check(): void {
    for (const { path } of this.files) {
      if (path === '-') continue;
      try {
        const stats = statSync(path, { throwIfNoEntry: false });
        if (stats?.isDirectory()) throw new Error('it is a folder');
        // A regular file is replaced; for that, its folder has to be writable.
        accessSync(stats && !stats.isFile() ? path : dirname(path), constants.W_OK);
      } catch (error) {
        refuseOutput(new OutputError(path, error));
      }
    }
  }

  /**
   * Writes all files, and annotations for GitHub Actions. Failures are logged and set the exit code; the other files are still
   * written.
   * @param stderr from which the runner of GitHub reads commands
   */
  async write(stderr: LineSink): Promise<void> {
    const { GITHUB_ACTIONS: annotates } = process.env;
    if (!this.isWanted) return;
    const report: Report = { suites: this.suites.map((suite) => suite()) };
    if (annotates) for (const suite of report.suites) for (const line of annotations(suite)) stderr.writeCommand(line);
    if (this.files.length === 0) return;
    if (report.suites.length === 0) this.log.warn('The report is empty: no option checks or compares anything.');
    for (const file of this.files) {
      // The reader of a pipe may never read.
      await Promise.race([this.writeFile(file, report), this.shutdown.afterForce(2 * FORCE_GRACE)]);
    }
  }

  private async writeFile({ format, path }: ReportFile, report: Report): Promise<void> {
    try {
      const print: ReportPrinter = await REPORT_FORMATS[format]();
      await (path === '-' ? writeStdout(print(report), format) : writeReplacing(path, print(report)));
    } catch (error) {
      this.log.error(withCode(new OutputError(path === '-' ? 'stdout' : path, error).message, 'output-failed'));
      this.shutdown.note(ExitCode.output);
    }
  }
}

/** Maximum number of errors that GitHub shows for a step. */
const MAX_ANNOTATIONS = 10;

const MAX_LENGTH = 4000;

/** The failed cases of a suite as workflow commands of GitHub Actions, which show them as annotations. */
function* annotations({ name: suite, cases }: ReportSuite): Generator<string> {
  let count = 0;
  for (const { name, outcome, message = '', details = [] } of cases) {
    if (outcome !== 'failed' && outcome !== 'error') continue;
    if (++count > MAX_ANNOTATIONS) return;
    const title = property(`tsdump ${suite}: ${name}`);
    yield `::error title=${title}::${data([message, ...details].join('\n'))}`;
  }
}

/** The escapes of the runner (`ActionCommand`): `%` first. */
function data(text: string): string {
  const short = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return withoutCommands(short).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
