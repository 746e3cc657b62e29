import { spawn } from 'node:child_process';
import type { Log } from '../../../flow/log.js';
import { openDatagramSender } from './unix-datagram.js';

/** Sends one message to the service manager; errors are reported to the log. */
type Send = (state: string) => void;

/** The notify protocol of systemd: sd_notify(3) and sd_watchdog_enabled(3). */
export class SystemdNotifier {
  private watchdog: NodeJS.Timeout | undefined;

  private constructor(
    private readonly send: Send,
    /** Milliseconds between two watchdog messages; undefined without a watchdog. */
    private readonly interval: number | undefined,
  ) {}

  /**
   * @param module see `openDatagramSender`
   * @returns undefined without a service manager, or if its socket is not supported, which is logged
   */
  static async open(environment: NodeJS.ProcessEnv, log: Log, module?: string): Promise<SystemdNotifier | undefined> {
    const { NOTIFY_SOCKET: socket, WATCHDOG_USEC, WATCHDOG_PID } = environment;
    if (!socket) return undefined;
    if (!/^[/@]/.test(socket)) {
      log.warn(`NOTIFY_SOCKET is neither a path nor an abstract socket: ${socket}. systemd is not notified.`);
      return undefined;
    }
    const microseconds = Number(WATCHDOG_USEC);
    const isOurs = !WATCHDOG_PID || Number(WATCHDOG_PID) === process.pid;
    const interval = microseconds > 0 && isOurs ? microseconds / 2000 : undefined;
    const failed = (reason: string): void => log.warn(`Cannot notify systemd at ${socket}: ${reason}.`);
    const send = await openDatagramSender(socket, failed, module);
    return new SystemdNotifier(send ?? throughProgram(environment, failed), interval);
  }

  ready(): void {
    this.send('READY=1');
    if (this.interval === undefined) return;
    // The timer does not keep the process running. A blocked event loop sends no messages, so the watchdog fires.
    this.watchdog = setInterval(() => this.send('WATCHDOG=1'), this.interval).unref();
  }

  /** The watchdog continues while live exchanges finish. */
  stopping(): void {
    this.send('STOPPING=1');
  }

  /** Stops the watchdog messages. */
  close(): void {
    clearInterval(this.watchdog);
  }
}

/** Sends through the program `systemd-notify`. Its messages come from another process, so the unit needs `NotifyAccess=all`. */
function throughProgram(env: NodeJS.ProcessEnv, failed: (reason: string) => void): Send {
  return (state) => {
    const child = spawn('systemd-notify', [`--pid=${process.pid}`, state], {
      stdio: 'ignore',
      env: { ...process.env, ...env },
    });
    child.on('error', () => failed('the package koffi and the program systemd-notify are missing'));
    child.on('exit', (code) => {
      if (code) failed(`systemd-notify ended with ${code}`);
    });
  };
}
