import { spawn } from 'node:child_process';
import { endianness } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import type { Log } from '../../flow/log.js';

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

/** The used parts of koffi. Its own types are missing where it could not be installed. */
interface Koffi {
  load(library: null): { func(prototype: string): (...args: unknown[]) => number };
  errno(): number;
}

const AF_UNIX = 1;

const SOCK_DGRAM = 2;

/** Size of `sun_path` on the system with the shortest. */
const PATH_SIZE = 104;

/**
 * Sends datagrams to a unix socket, which Node has no API for: calls the C library through koffi.
 * @param path of a socket; an `@` at its beginning stands for Linux's abstract namespace (unix(7))
 * @param failed receives the reason if a message cannot be sent
 * @param module an optional package; a parameter, so that the compiler does not resolve it
 * @returns undefined if koffi is not installed, or the socket does not exist
 */
export async function openDatagramSender(
  path: string,
  failed: (reason: string) => void,
  module = 'koffi',
): Promise<((text: string) => void) | undefined> {
  const name = Buffer.from(path);
  if (name.length >= PATH_SIZE) return undefined;
  let koffi: Koffi;
  try {
    koffi = ((await import(module)) as { default: Koffi }).default;
  } catch {
    return undefined;
  }
  const library = koffi.load(null);
  const socket = library.func('int socket(int, int, int)');
  const sendto = library.func('intptr_t sendto(int, void *, size_t, int, void *, uint32_t)');
  const fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd < 0) return undefined;
  const address = socketAddress(name);
  return (text) => {
    const message = Buffer.from(text);
    if (sendto(fd, message, message.length, 0, address, address.length) >= 0) return;
    failed(getSystemErrorMap().get(-koffi.errno())?.[1] ?? 'unknown error');
  };
}

/** `sockaddr_un`. On BSD and macOS its length comes first. An abstract name begins with NUL and ends with the structure. */
function socketAddress(name: Buffer): Buffer {
  const isAbstract = name[0] === 0x40;
  const path = isAbstract
    ? Buffer.concat([Buffer.from([0]), name.subarray(1)])
    : Buffer.concat([name, Buffer.from([0])]);
  const family = Buffer.alloc(2);
  if (process.platform !== 'linux') family.set([2 + path.length, AF_UNIX]);
  else if (endianness() === 'LE') family.writeUInt16LE(AF_UNIX);
  else family.writeUInt16BE(AF_UNIX);
  return Buffer.concat([family, path]);
}
