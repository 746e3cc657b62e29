import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Address, formatAddress } from '../../flow/connection.js';
import type { Log } from '../../flow/log.js';
import { systemErrorText } from '../../flow/system-error.js';
import type { Options } from '../options/table/index.js';
import { ExitError, UsageError } from '../process/exit-error.js';
import { isSpecialFile } from '../write/special-file.js';
import { SystemdNotifier } from './systemd.js';

type ReadyOptions = Pick<Options, 'portFile' | 'pidFile' | 'readyFd'>;

/** The data of a ready proxy for other programs. */
export interface ReadyFacts {
  /** The addresses of the listeners, in the order of the modes. */
  readonly addresses: readonly Address[];
  /** The file with the certificate of our CA; undefined if no clients are served. */
  readonly ca: () => Promise<string | undefined>;
  readonly log: Log;
}

/** @throws UsageError if the descriptor of `ready_fd` is not open */
export function checkReadyOptions({ readyFd }: ReadyOptions): void {
  if (readyFd !== undefined && !isOpen(readyFd)) {
    throw new UsageError(
      `--ready-fd ${readyFd}: this file descriptor is not open, or is not a file, pipe or socket`,
      'option-value',
    );
  }
}

/**
 * Announces to other programs that the proxy is ready. Files are removed when the process ends.
 * @returns a function to call when the proxy begins to stop
 * @throws ExitError if a file cannot be written
 */
export async function announceReady(options: ReadyOptions, facts: ReadyFacts): Promise<() => void> {
  const { addresses, ca, log } = facts;
  const { portFile, pidFile, readyFd } = options;
  if (portFile) writeForRun(portFile, addresses.map(([, port]) => `${port}\n`).join(''));
  if (pidFile) writeForRun(pidFile, `${process.pid}\n`);
  if (readyFd !== undefined) {
    const line = JSON.stringify({ addresses: addresses.map(connectable), ca: await ca(), pid: process.pid });
    writeLine(readyFd, line, log);
  }
  const systemd = await SystemdNotifier.open(process.env, log);
  systemd?.ready();
  return () => systemd?.stopping();
}

/** An address to connect to: the address of all interfaces becomes the loopback address. */
function connectable([host, port]: Address): string {
  const local = host === '' || host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return formatAddress([local, port]);
}

/**
 * Writes a file and renames it into place when it is complete. Removes it at the end, unless another program has replaced it.
 * Devices and pipes are written directly, and stay.
 */
function writeForRun(path: string, content: string): void {
  if (isSpecialFile(path)) return writeSpecial(path, content);
  const target = targetOf(path);
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, target);
  } catch (error) {
    removeIfPossible(temporary);
    throw new ExitError('start-failed', `Cannot write ${path}: ${systemErrorText(error)}.`);
  }
  process.once('exit', () => {
    try {
      if (readFileSync(target, 'utf8') === content) rmSync(target);
    } catch {
      // The file was already removed.
    }
  });
}

/** The file to replace: a link is kept, also one whose target an earlier run has removed. */
function targetOf(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  try {
    return resolve(dirname(path), readlinkSync(path));
  } catch {
    return path;
  }
}

/** A pipe is opened without blocking: without a reader, the program would hang. */
function writeSpecial(path: string, content: string): void {
  try {
    const descriptor = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      writeSync(descriptor, content);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENXIO' ? 'nothing reads this pipe' : systemErrorText(error);
    throw new ExitError('start-failed', `Cannot write ${path}: ${reason}.`);
  }
}

function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The caller reports why the folder cannot be used.
  }
}

function writeLine(fd: number, line: string, log: Log): void {
  try {
    writeSync(fd, `${line}\n`);
    // stdout and stderr stay in use.
    if (fd > 2) closeSync(fd);
  } catch (error) {
    log.warn(`Cannot write to the file descriptor ${fd} (ready_fd): ${systemErrorText(error)}.`);
  }
}

/** Node's own descriptors are of other kinds. */
function isOpen(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isFIFO() || stat.isFile() || stat.isSocket() || stat.isCharacterDevice();
  } catch {
    return false;
  }
}
