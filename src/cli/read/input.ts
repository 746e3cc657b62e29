import type { FlowFilter } from '../../flow/filter.js';
import type { Flow } from '../../flow/flow.js';
import type { Dispatcher } from '../../flow/hooks/dispatcher.js';
import type { HookName } from '../../flow/hooks/hooks.js';
import { plural } from '../../flow/text/plural.js';
import {
  DamageError,
  type ReadInput,
  type ReadOptions,
  type ReadSummary,
  readFlows,
} from '../../serialize/input/reader.js';
import { OutputError } from '../../serialize/output/sinks.js';
import type { Options } from '../options/table/index.js';
import { type OnDamaged, withCode } from '../process/error-codes.js';
import { ExitCode } from '../process/exit-codes.js';
import { ExitError } from '../process/exit-error.js';
import { systemErrorText } from '../process/system-error.js';
import type { Session } from '../session.js';
import { CaptureDispatcher, StoppedError } from './capture-dispatcher.js';
import type { Inputs } from './inputs.js';

/**
 * Reads captures and calls the hooks of the flows that match the filter, one flow at a time, until the end of the inputs or the
 * program. Read errors are logged and set the exit code.
 * @param filter `readfile_filter`
 */
export async function readInputs(session: Session, inputs: Inputs, filter: FlowFilter | undefined): Promise<void> {
  const { shutdown } = session;
  const damaged: OnDamaged = (message, code) => {
    session.log.error(withCode(message, code));
    shutdown.note(ExitCode.input);
  };
  for (const problem of inputs.problems) damaged(problem, 'input-unreadable');
  const selected = inTimeRange(session.options, filter);
  const taker = new CaptureDispatcher(session, selected, damaged);
  const reading = new InputReader(session, selected, damaged).readAll(inputs, taker);
  // Shutdown does not wait for a pipe, which may be silent forever.
  await Promise.race([reading, shutdown.requested]);
  // Calls the remaining hooks of the current flow before `done`. The reader reports errors.
  await taker.current?.catch(() => {});
  if (shutdown.isRequested && inputs.paths.includes('-')) process.stdin.destroy();
}

/** Reads inputs one at a time. */
export class InputReader {
  readonly readOptions: ReadOptions;

  constructor(
    private readonly session: Session,
    filter: FlowFilter | undefined,
    private readonly damaged: OnDamaged,
    wants: (flow: Flow) => boolean = (flow) => wantsBodies(session.hooks, filter, flow),
  ) {
    this.readOptions = {
      policy: session.spool,
      checksBodies: true,
      strict: session.options.strict,
      wantsBodies: wants,
      mayChange: () => session.hooks.mayChangeFlows,
      onDamage: ({ kind, message }) => damaged(message, `input-${kind}`),
      onOmission: (message) => session.log.debug(message),
    };
  }

  /** With `strict`, stops after the first input that cannot be read completely. */
  async readAll({ paths, followed }: Inputs, taker: CaptureDispatcher): Promise<void> {
    if (followed) return this.follow(followed, taker);
    if (this.session.options.sort) return this.readSorted(paths, taker);
    // Scripts may keep flows. An addon of ours that keeps some would hold a block of the input for each.
    const options = { ...this.readOptions, releasesFlows: this.session.options.scripts.length === 0 };
    for (const path of paths) {
      const whole = await this.attempt(path, (input) => readFlows(input, options, taker.take));
      if (!whole) return;
    }
  }

  private async follow(names: readonly string[], taker: CaptureDispatcher): Promise<void> {
    const { followInputs } = await import('./follow.js');
    // Inputs are read concurrently, but their flows are processed one at a time.
    let last: Promise<void> = Promise.resolve();
    const take = (flow: Flow): Promise<void> => {
      last = last.then(() => taker.take(flow));
      return last;
    };
    await followInputs(this.session, names, (name, input) =>
      this.attempt(name, (one) => readFlows(one, this.readOptions, take), input),
    );
  }

  private async readSorted(paths: readonly string[], taker: CaptureDispatcher): Promise<void> {
    const { SortedReader } = await import('../../serialize/sorted/sorted-reader.js');
    const sorted = new SortedReader(this.readOptions);
    try {
      for (const path of paths) {
        const whole = await this.attempt(path, (input) => sorted.add(input, taker.mayPass));
        if (!whole) return;
      }
      await this.attempt('the sorted flows', () => sorted.read(taker.take));
    } finally {
      await sorted.close();
    }
  }

  /** @returns false if reading should stop */
  async attempt(
    path: string,
    read: (input: ReadInput) => Promise<ReadSummary>,
    input = inputOf(path),
  ): Promise<boolean> {
    const { shutdown, log, options } = this.session;
    const name = path === '-' ? 'stdin' : path;
    try {
      const { unknown, recovered, incomplete, omitted } = await read(input);
      if (incomplete) {
        const flows = plural(incomplete, 'flow was', 'flows were');
        log.warn(`${name}: ${flows} still in progress when the recording was interrupted.`);
      }
      if (unknown > 0)
        log.warn(`${name}: skipped data that this version of tsdump does not know (${plural(unknown, 'time')}).`);
      if (omitted !== undefined) log.warn(`${name}: ${omitted}.`);
      if (recovered > 0) {
        log.warn(`${name}: ${plural(recovered, 'flow')} after damage may be the content of a body.`);
      }
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
      const text = systemErrorText(error as NodeJS.ErrnoException);
      if (error instanceof DamageError) this.damaged(error.message, `input-${error.damage.kind}`);
      else this.damaged(`Cannot read ${name}: ${text}`, 'input-unreadable');
      return !options.strict;
    }
  }
}

function inputOf(path: string): ReadInput {
  return path === '-' ? { stream: process.stdin, name: 'stdin' } : { path };
}

/** Whether hooks or the filter may read the bodies or messages of a flow, judged by its heads. */
function wantsBodies(hooks: Dispatcher, filter: FlowFilter | undefined, flow: Flow): boolean {
  if (filter?.evaluate(flow, 'responseHeaders') === 'no') return false;
  if (filter?.needsBodies || hooks.keepsBodies(flow, 'responseHeaders')) return true;
  if (flow.type === 'http' && flow.messages && hooks.mayCall('websocketMessage', flow)) return true;
  return CONTENT_HOOKS[flow.type].some((hook) => hooks.mayCall(hook, flow));
}

const CONTENT_HOOKS: Readonly<Record<Flow['type'], readonly HookName[]>> = {
  http: ['request', 'response'],
  tcp: ['tcpMessage'],
  udp: ['udpMessage'],
  dns: [],
};

/** Limits a filter to flows that began in the range of `since` and `before`, as `~after` and `~before` do. */
function inTimeRange(
  { since, before }: Pick<Options, 'since' | 'before'>,
  filter: FlowFilter | undefined,
): FlowFilter | undefined {
  if (since === undefined && before === undefined) return filter;
  const from = since ?? Number.NEGATIVE_INFINITY;
  const to = before ?? Number.POSITIVE_INFINITY;
  return {
    text: filter?.text ?? '~all',
    needsBodies: filter?.needsBodies ?? false,
    evaluate: (flow, phase) => {
      const { timestampCreated: began } = flow;
      if (began < from || began >= to) return 'no';
      return filter ? filter.evaluate(flow, phase) : 'yes';
    },
  };
}
