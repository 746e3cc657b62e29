import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { BoundSocket } from '../../../engine/index.js';
import type { LineSink } from '../../../terminal/line-sink.js';
import { type ToParent, type ToWorker, WORKER_FD, type WorkerStart } from '../messages.js';
import { FlowReceiver, type FlowReceiverOptions } from './flow-receiver.js';
import { relayLines, relayText } from './relay-lines.js';

export interface WorkerProcessOptions {
  readonly receiver: FlowReceiverOptions;
  readonly display: LineSink;
  readonly stderr: LineSink;
  onMessage(message: ToParent): void;
  /** The worker has not answered in time and is killed if it does not answer soon. */
  onSilent(): void;
}

/**
 * Milliseconds for a worker's answer to `stop`, after its exchanges have had their time, and to `force`, while the log is still
 * written.
 */
const STOP_PATIENCE = 5000;
const FORCE_PATIENCE = 200;
/** Milliseconds from the error in the log until a silent worker is killed: on a busy system, its answer may be late. */
const LAST_PATIENCE = 3000;

/** The exit status of a worker process. */
export interface WorkerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A worker process and its channels. */
export class WorkerProcess {
  /** Resolves when the process has exited, and all its data was processed. */
  readonly ended: Promise<WorkerEnd>;
  private readonly child: ChildProcess;
  /** Whether the worker has not answered `stop` or `force`, which may not be sent yet. */
  isSilent = true;
  /** Runs until the worker has answered. */
  private silence: NodeJS.Timeout | undefined;

  constructor(
    start: WorkerStart,
    sockets: readonly BoundSocket[],
    private readonly options: WorkerProcessOptions,
  ) {
    const { NOTIFY_SOCKET: _, ...env } = process.env;
    this.child = fork(fileURLToPath(new URL('../worker/worker-main.js', import.meta.url)), [], {
      env,
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe', 'pipe', 2],
    });
    const { child } = this;
    const { display, stderr } = options;
    const exited = new Promise<WorkerEnd>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
      child.once('error', () => resolve({ code: null, signal: null }));
    });
    child.on('message', (message: ToParent) => {
      if (message.type === 'heard') {
        this.isSilent = false;
        this.endSilence();
      } else options.onMessage(message);
    });
    const records = new FlowReceiver(
      (child.stdio as readonly unknown[])[WORKER_FD.records] as Socket,
      options.receiver,
    );
    const lines = [
      relayLines((child.stdio as readonly unknown[])[WORKER_FD.lines] as Readable, display, stderr),
      relayText(child.stdout!, display),
      relayText(child.stderr!, stderr),
    ];
    this.ended = Promise.all([exited, records.ended, ...lines]).then(([end]) => end);
    void exited.then(() => this.endSilence());
    this.send({ type: 'start', start });
    for (const socket of sockets) this.send({ type: 'socket' }, socket);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  send(message: ToWorker, socket?: BoundSocket): void {
    // `ended` reports a worker that is gone.
    if (this.child.connected) this.child.send(message, socket as never, undefined, () => {});
  }

  /** Sends a message that the worker answers at once. It is killed if it does not: a script in an endless loop keeps it busy. */
  demand(message: Extract<ToWorker, { type: 'stop' | 'force' }>): void {
    this.isSilent = true;
    this.send(message);
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    clearTimeout(this.silence);
    const patience = message.type === 'stop' ? message.graceMs + STOP_PATIENCE : FORCE_PATIENCE;
    this.silence = setTimeout(() => {
      this.options.onSilent();
      this.silence = setTimeout(() => this.kill(), LAST_PATIENCE);
    }, patience);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private endSilence(): void {
    clearTimeout(this.silence);
    this.silence = undefined;
  }

  /** Resolves with the next message of one of these types; undefined if the process ends before. */
  async next<Type extends ToParent['type']>(
    ...types: readonly Type[]
  ): Promise<Extract<ToParent, { type: Type }> | undefined> {
    const end = new AbortController();
    void this.ended.then(() => end.abort());
    try {
      for (;;) {
        const [message] = (await once(this.child, 'message', { signal: end.signal })) as [ToParent];
        if ((types as readonly string[]).includes(message.type)) return message as Extract<ToParent, { type: Type }>;
      }
    } catch {
      return undefined;
    }
  }
}

/**
 * Call this when the workers are to stop. The second signal after this call kills the workers that have not answered, and then this
 * process; the other workers end when they notice that it is gone.
 */
export function killSilentAtSecondSignal(workers: ReadonlyMap<number, WorkerProcess>): void {
  let count = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    // The first signal after the call only forces the end.
    if (++count < 2) return;
    for (const worker of workers.values()) if (worker.isSilent) worker.kill();
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}
