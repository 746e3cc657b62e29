import type { Socket } from 'node:net';
import { LiveFlows, liveBodyLimit } from '../../../addons/live-flows.js';
import { type BoundSocket, type LoadedAuthority, parseAuthority } from '../../../engine/index.js';
import type { FlowFilter } from '../../../flow/filter.js';
import { systemErrorText } from '../../../flow/system-error.js';
import { LiveJournal } from '../../../serialize/native/journal/live-journal.js';
import { unsavedPath, workerJournal } from '../../../serialize/native/journal/live-path.js';
import { FileSink } from '../../../serialize/output/file-sink.js';
import type { Sink } from '../../../serialize/output/sinks.js';
import type { UnclaimedSetting } from '../../options/setting.js';
import { withPlaces } from '../../options/unusable-option.js';
import { ExitCode } from '../../process/exit-codes.js';
import { UsageError } from '../../process/exit-error.js';
import type { Shutdown } from '../../process/shutdown.js';
import { type EngineParts, type RunningEngine, startEngine } from '../../proxy/engine.js';
import { type RunShare, record } from '../../proxy/record.js';
import type { Session } from '../../session/session.js';
import type { FlowSender, FlowSenderParts } from '../flow-sender.js';
import { LINES_FOR, type WorkerStart } from '../messages.js';
import { activityAddon } from './activity.js';
import { forwardAddons } from './forward-addons.js';
import { LabelledWriter } from './labelled-writer.js';
import type { ParentLink } from './parent-link.js';
import { ParentStream } from './parent-stream.js';
import { RecordSink } from './record-sink.js';

/** The channels of a worker, besides its messages. */
export interface WorkerChannels {
  readonly records: Socket;
  readonly lines: Socket;
  /** Prints a line on stderr without the parent. */
  printLine(message: string): void;
}

/** No script has an option for a setting. The parent adds the setting's place to the message. */
export class UnclaimedError extends UsageError {
  override name = 'UnclaimedError';
  constructor(
    readonly index: number,
    readonly others: readonly string[],
  ) {
    super('a setting has no option');
  }
}

/** A worker process: one of several that serve clients. Its flows, lines and log messages go to the parent. */
export class Worker {
  private readonly display: ParentStream;
  private readonly stderr: ParentStream;
  private captures: readonly string[];
  private sink: RecordSink | undefined;
  private writer: LabelledWriter | undefined;
  private isListening = false;
  /** Whether this is the only worker. */
  private isAlone = false;
  /** Path of the file with flows that the parent did not write. */
  private rest: string | undefined;

  constructor(
    private readonly start: WorkerStart,
    private readonly sockets: readonly BoundSocket[],
    private readonly link: ParentLink,
    private readonly shutdown: Shutdown,
    private readonly channels: WorkerChannels,
  ) {
    this.captures = start.captures;
    this.display = new ParentStream(channels.lines, LINES_FOR.display, start.display);
    this.stderr = new ParentStream(channels.lines, LINES_FOR.stderr, start.stderr);
    this.stderr.muted = start.quiet;
    channels.lines.on('error', () => {});
  }

  /** Serves clients until `stop`, or the end of the parent. @throws ExitError if it fails to start */
  async run(): Promise<void> {
    const { link, shutdown, start } = this;
    link.handle({
      stop: () => shutdown.request(),
      force: () => shutdown.force(),
      captures: (paths) => {
        this.captures = paths;
        this.writer?.forgetChains();
      },
      orphaned: () => this.orphaned(),
    });
    void shutdown.requested.then(() => {
      if (link.graceMs === undefined) link.send({ type: 'shutdown', code: shutdown.code });
    });
    const unclaimed = start.resolved.unclaimed?.map((setting, index) => this.unclaimed(setting, index)) ?? [];
    await withPlaces(start.resolved, () => record({ ...start.resolved, unclaimed }, shutdown, { share: this.share }));
    if (this.rest) {
      this.channels.printLine(
        `the main process has ended unexpectedly; flows that it had not written are in ${this.rest}, where -r ${this.captures[0]} finds them.`,
      );
    }
  }

  private get share(): RunShare {
    const { start } = this;
    const { pem, file } = start.authority;
    const authority: LoadedAuthority = {
      ...parseAuthority(pem, file),
      created: undefined,
      certificateFile: undefined,
      exposed: [],
    };
    return {
      worker: {
        number: start.number,
        streams: { stdout: this.display.asTerminal, stderr: this.stderr.asTerminal },
        alone: (script) => this.alone(script),
        flowSender: (parts) => this.makeFlowSender(parts),
      },
      authority,
      startEngine: (session, parts) => this.startEngine(session, parts),
    };
  }

  /** Whether this is the only worker. The parent can still decide that before the worker listens. */
  private async alone(script: string): Promise<boolean> {
    this.isAlone ||= this.isListening ? false : await this.link.alone(script).then(() => true);
    return this.isAlone;
  }

  private async startEngine(session: Session, parts: EngineParts): Promise<RunningEngine> {
    const { start, sockets, link } = this;
    const { userRoots } = await import('../../command/environment/environment.js');
    const engine = await startEngine(session, {
      ...parts,
      moreRoots: start.userRoots ? () => userRoots(process.env) : undefined,
      sockets,
      tlsSecrets: { ...start.tls, rsaKey: () => link.rsaKey() },
    });
    this.isListening = true;
    link.send({ type: 'listening', listening: engine.listening });
    await link.released;
    this.stderr.muted = false;
    const stop: RunningEngine['stop'] = (graceMs) => {
      let live = 0;
      const stopped = engine.stop(link.isOrphaned ? 0 : (link.graceMs ?? graceMs), (count) => {
        live = count;
      });
      // The parent logs the total.
      link.send({ type: 'live', count: live });
      return stopped;
    };
    // The parent logs the listeners.
    return { ...engine, listening: [], stop };
  }

  private async makeFlowSender({ log, headsOf }: FlowSenderParts): Promise<FlowSender> {
    const { start, channels, link } = this;
    const compiled = new Map<string, FlowFilter>();
    const compile = async (text: string | undefined): Promise<FlowFilter | undefined> => {
      if (text === undefined) return undefined;
      const { compileFilter } = await import('../../../filters/index.js');
      const filter = compiled.get(text) ?? compileFilter(text);
      compiled.set(text, filter);
      return filter;
    };
    const groups = [];
    for (const { filter, bodies } of start.groups) groups.push({ filter: await compile(filter), bodies });
    const sink = new RecordSink(channels.records, () => this.openRest());
    this.sink = sink;
    const onError = ({ message }: Error): void => {
      channels.printLine(`flows are lost: ${message}`);
      this.shutdown.request(ExitCode.output);
    };
    const { writer: id, workers } = start;
    const writer = new LabelledWriter(sink, { compress: undefined, onError, id, workers });
    this.writer = writer;
    const saveFilter = await compile(start.saveFilter);
    const journals = start.resolved.values.liveFile ? start.captures.map((_, at) => this.journal(at, headsOf)) : [];
    const live = journals.map(
      ({ path, journal }) =>
        new LiveFlows(journal, {
          path,
          ...(saveFilter ? { filter: saveFilter } : {}),
          flushed: () => writer.flushed(),
          saved: () => this.shutdown.code !== ExitCode.output,
          onError: (error) => log.warn(`Cannot store live flows in ${path()}: ${systemErrorText(error)}`),
        }),
    );
    const activity = start.tellsActivity ? [activityAddon((what) => link.send({ type: 'activity', what }))] : [];
    return {
      addons: [...forwardAddons(groups, writer), ...activity],
      journals: live,
      close: async () => {
        await writer.close();
        for (const each of live) await each.close();
      },
    };
  }

  private journal(at: number, headsOf: FlowSenderParts['headsOf']): { path: () => string; journal: LiveJournal } {
    const path = (): string => workerJournal(this.captures[at]!, this.start.number);
    return { path, journal: new LiveJournal(path(), { bodyLimit: liveBodyLimit, ...(headsOf ? { headsOf } : {}) }) };
  }

  /** The parent is gone: stops serving, and saves the flows that the parent has not acknowledged. */
  private orphaned(): void {
    this.sink?.move();
    this.shutdown.request();
  }

  private async openRest(): Promise<Sink> {
    const [capture] = this.captures;
    if (capture === undefined)
      throw new Error('the main process has ended unexpectedly, and there is no file to save them beside');
    const path = unsavedPath(capture, this.start.number);
    const sink = await FileSink.open(path, { append: true });
    this.rest = path;
    return sink;
  }

  private unclaimed(setting: UnclaimedSetting, index: number): UnclaimedSetting {
    return { ...setting, refusal: (others = []) => new UnclaimedError(index, [...others]) };
  }
}
