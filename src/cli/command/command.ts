import type { X509Certificate } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Address } from '../../flow/connection.js';
import type { Log } from '../../flow/log.js';
import type { Options } from '../options/table/index.js';
import { ExitCode } from '../process/exit-codes.js';
import type { Shutdown } from '../process/shutdown.js';
import { Child, SpawnError } from './child.js';
import { commandEnvironment } from './environment/environment.js';
import { proxyAccess } from './environment/proxy-access.js';
import { writeTo } from './run-folder.js';

/** The data that a command needs to use the proxy. */
export interface CommandContext {
  readonly options: Options;
  /** The addresses of the listeners, in the order of the modes. */
  readonly addresses: readonly Address[];
  /** The certificate of our CA. */
  readonly certificate: X509Certificate;
  /** A folder of this run, for files that the command needs. */
  readonly folder: string;
  readonly log: Log;
}

/** Signals that are passed on, besides SIGINT and SIGTERM. */
const OTHER_SIGNALS: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];

/** The command that runs under the proxy. When it ends, shutdown is requested. */
export class Command {
  private child: Child | undefined;
  private code = 0;
  /** Whether we ended it; then its exit code is ignored. */
  private stopped = false;
  /** The exit code for a signal that arrived before the command started: the run must not count as a success. */
  private earlySignalCode = 0;
  private readonly descriptors = inheritedDescriptors();

  constructor(
    private readonly words: readonly [string, ...string[]],
    private readonly shutdown: Shutdown,
  ) {}

  /**
   * Starts it. If that fails, the reason is logged, and shutdown is requested.
   * @throws ExitError if its files cannot be written
   */
  async start({ options, addresses, certificate, folder, log }: CommandContext): Promise<void> {
    const proxy = proxyAccess(options, addresses);
    const environment = writeTo(folder, () => commandEnvironment(process.env, proxy, folder, certificate));
    const passOn = (signal: NodeJS.Signals): void => void this.passOn(signal);
    for (const signal of OTHER_SIGNALS) process.on(signal, passOn);
    const ended = (code: number): void => {
      for (const signal of OTHER_SIGNALS) process.off(signal, passOn);
      this.code = code;
      this.shutdown.request();
    };
    try {
      const descriptors = this.descriptors.filter((fd) => fd !== options.readyFd);
      this.child = await Child.start(this.words, environment, descriptors);
      void this.child.ended.then(ended);
    } catch (error) {
      if (!(error instanceof SpawnError)) throw error;
      log.error(error.message);
      ended(error.exitCode);
    }
  }

  get wasStarted(): boolean {
    return this.child !== undefined;
  }

  /** Passes a signal on to the command. @returns whether the command was running and no shutdown was requested */
  passOn(signal: NodeJS.Signals): boolean {
    if (this.shutdown.isRequested) return false;
    if (!this.child && (signal === 'SIGINT' || signal === 'SIGTERM' || signal === 'SIGALRM'))
      this.earlySignalCode = 128 + constants.signals[signal];
    if (!this.child?.isRunning) return false;
    this.child.passOn(signal);
    return true;
  }

  /** Ends the command if it still runs: with SIGTERM, and with SIGKILL after this many seconds. Resolves when it has ended. */
  async stop(timeout: number): Promise<void> {
    const { child } = this;
    if (!child?.isRunning) return;
    this.stopped = true;
    child.signal('SIGTERM');
    const timer = new AbortController();
    const late = delay(timeout * 1000, undefined, { signal: timer.signal }).catch(() => {});
    await Promise.race([child.ended, late, this.shutdown.forced]);
    timer.abort();
    if (child.isRunning) child.signal('SIGKILL');
    await child.ended;
  }

  /**
   * The exit code of the run: that of the command, unless the recording is incomplete, or a check failed after a successful
   * command.
   * @param ours the exit code of the recording and the checks
   */
  exitCode(ours: ExitCode): number {
    if (ours >= ExitCode.output) return ours;
    return this.earlySignalCode || (this.stopped ? 0 : this.code) || ours;
  }
}

/**
 * The file descriptors above stderr that this process was started with, such as those of `3>log` and of make. Node does not
 * pass the first 16 to its children. Call this before any file is opened.
 * @returns the descriptors that are certainly not Node's own; an empty list on systems without `/proc`
 */
function inheritedDescriptors(): number[] {
  const found: number[] = [];
  let beforeNode = true;
  for (let fd = 3; fd < 16; fd++) {
    const target = targetOf(fd);
    // The first descriptor that Node opens is that of its event loop.
    if (target?.startsWith('anon_inode:')) beforeNode = false;
    else if (target && (beforeNode || isFileOrSocket(target))) found.push(fd);
  }
  return found;
}

/** Node itself opens neither files of folders nor sockets when it starts. */
function isFileOrSocket(target: string): boolean {
  return target.startsWith('socket:') || (target.startsWith('/') && !/^\/(dev|proc|sys)\//.test(target));
}

function targetOf(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}
