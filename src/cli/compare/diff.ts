import { CaptureMatcher, type CaptureSide } from '../../compare/match/capture-matcher.js';
import type { FlowFilter } from '../../flow/filter.js';
import type { Flow, HttpFlow } from '../../flow/flow.js';
import { plural } from '../../flow/text/plural.js';
import type { FlowPosition } from '../../serialize/sorted/flow-index.js';
import { RevisitedReader } from '../../serialize/sorted/revisited-reader.js';
import { compileFilters } from '../filters.js';
import type { ResolvedOptions } from '../options/resolve.js';
import type { Options } from '../options/table/index.js';
import { ExitCode } from '../process/exit-codes.js';
import { UsageError } from '../process/exit-error.js';
import type { Shutdown } from '../process/shutdown.js';
import { onHangup, onSignals } from '../process/signals.js';
import { findInputs, type Inputs } from '../read/find-inputs.js';
import { FlowSelector, StoppedError } from '../read/flow-selector.js';
import { InputReader } from '../read/input-reader.js';
import { makeRedactor } from '../redact/redaction.js';
import { openSession, type Session } from '../session/session.js';
import { ComparisonRun, failingKinds } from './comparison-run.js';
import { FlowPipe } from './flow-pipe.js';
import { LearningRun, openLearningFile } from './learning-run.js';
import { loadRules } from './rules.js';

/** Compares two captures without a network (`-n -r A --diff B`). @throws ExitError */
export async function diffCaptures(resolved: ResolvedOptions, shutdown: Shutdown): Promise<ExitCode> {
  const { values: options } = resolved;
  checkOptions(options);
  failingKinds(options);
  const { replayLearn } = options;
  const learningFile = replayLearn === undefined ? undefined : openLearningFile(resolved, replayLearn);
  const rules = loadRules(resolved);
  const filters = await compileFilters(resolved);
  const redactor = await makeRedactor(resolved);
  const inputs = [
    await findInputs(options.rfile, options.strict),
    await findInputs(options.diff, options.strict, '--diff'),
  ] as const;
  const paths = inputs.flatMap(({ paths }) => paths);
  if (paths.filter((path) => path === '-').length > 1) {
    throw new UsageError('stdin can be read only once: -r - and --diff - exclude each other', 'option-conflict');
  }
  const session = await openSession({ options, filters, redactor, shutdown, inputs: paths, live: false });
  onSignals(shutdown);
  onHangup(shutdown, session.outputs);
  const sides = { recorded: nameOf(options.rfile), replayed: nameOf(options.diff) };
  const run = learningFile
    ? new LearningRun(session, learningFile)
    : new ComparisonRun({ session, rules, name: 'diff', sides });
  const captures = inputs.map((each) => new Capture(session, each, filters.read)) as [Capture, Capture];
  try {
    await session.openOutputs();
    const matcher = new CaptureMatcher(captures, {
      onPair: (recorded, replayed) => run.compare(recorded, replayed),
      onSingle: (flow, side) => run.single(flow, side),
    });
    const isComplete = await matcher.run().then(
      () => true,
      (error) => {
        if (!(error instanceof StoppedError)) throw error;
        return false;
      },
    );
    for (const capture of captures) capture.report();
    await (run instanceof LearningRun ? run.finish() : run.finish(isComplete));
    if (!isComplete) {
      session.log.warn('Interrupted: not all flows were compared.');
      // What was not compared may differ, so this must not count as success.
      shutdown.note(ExitCode.checkFailed);
    }
    if (run instanceof ComparisonRun) session.reports.add(() => run.comparison.suite());
  } finally {
    for (const capture of captures) await capture.close();
    await session.close();
    run.close();
  }
  return shutdown.code;
}

function checkOptions({ rfile, saveStreamFile, hardump, server, scripts }: Options): void {
  if (server) throw new UsageError('--diff compares captures without a proxy: add -n', 'option-requires');
  if (rfile.length === 0) throw new UsageError('--diff compares two captures: -nr A --diff B', 'option-requires');
  if (saveStreamFile.length > 0 || hardump)
    throw new UsageError('--diff writes no flows: leave out -w and --hardump', 'option-conflict');
  if (scripts.length > 0) throw new UsageError('--diff runs no scripts: leave out -s', 'option-conflict');
}

function nameOf(files: readonly string[]): string {
  const [first] = files;
  if (files.length > 1) return `${first} and ${plural(files.length - 1, 'other file')}`;
  return first === '-' ? 'stdin' : first!;
}

/** One side: the HTTP flows of some inputs. */
class Capture implements CaptureSide<FlowPosition> {
  private readonly reader: RevisitedReader;
  private readonly inputReader: InputReader;
  private readonly selector: FlowSelector;
  private readonly pipe = new FlowPipe<{ flow: HttpFlow; place: FlowPosition }>();
  private others = 0;

  constructor(
    private readonly session: Session,
    private readonly inputs: Inputs,
    filter: FlowFilter | undefined,
  ) {
    this.selector = new FlowSelector(session, filter);
    this.inputReader = new InputReader(session, () => true);
    this.reader = new RevisitedReader(this.inputReader.readOptions);
  }

  get flows(): AsyncIterable<readonly { flow: HttpFlow; place: FlowPosition }[]> {
    // A pipe may be silent indefinitely.
    void this.session.shutdown.requested.then(() => {
      this.pipe.end(new StoppedError());
      if (this.inputs.paths.includes('-')) process.stdin.destroy();
    });
    void this.readAll().then(
      () => this.pipe.end(),
      (error) => this.pipe.end(error),
    );
    return this.pipe;
  }

  async readAgain(place: FlowPosition): Promise<HttpFlow | undefined> {
    if (this.session.shutdown.isRequested) throw new StoppedError();
    return (await this.reader.readAgain(place)) as HttpFlow | undefined;
  }

  /** Logs the number of flows that were left out. */
  report(): void {
    if (this.others > 0) {
      this.session.log.info(`${plural(this.others, 'flow')} of protocols other than HTTP cannot be compared.`);
    }
  }

  close(): Promise<void> {
    return this.reader.close();
  }

  private async readAll(): Promise<void> {
    await this.inputReader.readEach(this.inputs, (input) => this.reader.read(input, this.mayMatch, this.take));
  }

  private readonly mayMatch = (flow: Flow): boolean => {
    if (!this.selector.mayMatch(flow)) return false;
    if (flow.type === 'http') return true;
    this.others++;
    return false;
  };

  private readonly take = (flow: Flow, place: FlowPosition): void | Promise<void> =>
    this.selector.select(flow, (matching) => this.pipe.push({ flow: matching as HttpFlow, place }));
}
