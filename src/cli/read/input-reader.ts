import type { Flow } from '../../flow/flow.js';
import { plural } from '../../flow/text/plural.js';
import type { ReadInput, ReadOptions, ReadSummary } from '../../serialize/input/reader.js';
import { OutputError } from '../../serialize/output/sinks.js';
import { withCode } from '../process/error-codes.js';
import { ExitCode } from '../process/exit-codes.js';
import { ExitError } from '../process/exit-error.js';
import type { Session } from '../session/session.js';
import type { Inputs } from './find-inputs.js';
import { StoppedError } from './flow-selector.js';
import { damageReporter, readError } from './input-damage.js';

/** Reads inputs one at a time. Read errors are logged and set the exit code. */
export class InputReader {
  readonly readOptions: ReadOptions;

  /** @param wantsBodies whether the bodies or messages of a flow may be read, judged by its heads */
  constructor(
    private readonly session: Session,
    wantsBodies: (flow: Flow) => boolean,
  ) {
    const report = damageReporter(session);
    this.readOptions = {
      policy: session.spool,
      checksBodies: true,
      strict: session.options.strict,
      wantsBodies,
      mayChange: () => session.hooks.mayChangeFlows,
      onDamage: ({ kind, message }) => report(message, `input-${kind}`),
      onOmission: (message) => session.log.debug(message),
    };
  }

  /**
   * Reads inputs in their order. With `strict`, stops after the first that cannot be read completely.
   * @returns false if reading should stop
   */
  async readEach({ paths, problems }: Inputs, read: (input: ReadInput) => Promise<ReadSummary>): Promise<boolean> {
    const report = damageReporter(this.session);
    for (const problem of problems) report(problem, 'input-unreadable');
    for (const path of paths) {
      const goesOn = await this.attempt(path, () => read(inputOf(path)));
      if (!goesOn) return false;
    }
    return true;
  }

  /**
   * Reads one input.
   * @param path for messages
   * @returns false if reading should stop
   * @throws ExitError of `read`
   */
  async attempt(path: string, read: () => Promise<ReadSummary>): Promise<boolean> {
    const { session } = this;
    const { shutdown, log, options } = session;
    const name = path === '-' ? 'stdin' : path;
    try {
      this.warn(name, await read());
      return !shutdown.isRequested;
    } catch (error) {
      // After a shutdown request, the input is closed at an arbitrary point.
      if (error instanceof StoppedError || shutdown.isRequested) return false;
      if (error instanceof ExitError) throw error;
      if (error instanceof OutputError) {
        log.error(withCode(error.message, 'output-failed'));
        shutdown.request(ExitCode.output);
        return false;
      }
      damageReporter(session)(...readError(name, error));
      return !options.strict;
    }
  }

  private warn(name: string, { unknown, recovered, incomplete, omitted }: ReadSummary): void {
    const { log } = this.session;
    if (incomplete) {
      const flows = plural(incomplete, 'flow was', 'flows were');
      log.warn(`${name}: ${flows} still in progress when the recording was interrupted.`);
    }
    if (unknown > 0)
      log.warn(`${name}: skipped data that this version of tsdump does not know (${plural(unknown, 'time')}).`);
    if (omitted !== undefined) log.warn(`${name}: ${omitted}.`);
    if (recovered > 0) log.warn(`${name}: ${plural(recovered, 'flow')} after damage may be the content of a body.`);
  }
}

/** @param path of a file, or `-` for stdin */
export function inputOf(path: string): ReadInput {
  return path === '-' ? { stream: process.stdin, name: 'stdin' } : { path };
}
