import { fstatSync, statSync } from 'node:fs';
import { devNull } from 'node:os';
import type { WriteStream } from 'node:tty';
import { readsCommands } from './command-guard.js';
import { LineSink, type LineSinkOptions } from './line-sink.js';
import { loadStyles, type Styles } from './styles.js';

/** When output has colors: `auto` means on a terminal only. */
export type ColorChoice = 'auto' | 'always' | 'never';

/** stdout or stderr for readable output. */
export interface Terminal {
  readonly out: LineSink;
  readonly styles: Styles;
  /** The current width; undefined if the stream is not a terminal. */
  readonly columns: () => number | undefined;
  /** Whether the stream is the null device: then no output needs to be formatted. */
  readonly discards: boolean;
}

export async function openTerminal(
  stream: WriteStream & { fd?: number; discards?: boolean },
  color: ColorChoice,
  options?: LineSinkOptions,
): Promise<Terminal> {
  unblock(stream);
  return {
    out: new LineSink(stream, { ...options, guarded: readsCommands(process.env) }),
    styles: await loadStyles(usesColor(color, stream.isTTY === true, process.env)),
    columns: () => (stream.isTTY ? stream.columns : undefined),
    discards: stream.discards ?? isNullDevice(stream.fd),
  };
}

function isNullDevice(fd: number | undefined): boolean {
  if (fd === undefined) return false;
  try {
    const stats = fstatSync(fd);
    return stats.isCharacterDevice() && stats.rdev === statSync(devNull).rdev;
  } catch {
    return false;
  }
}

/**
 * Whether output has colors. An empty variable is taken as not set. `FORCE_COLOR` wins over `NO_COLOR`, as in Node, and both
 * over `CLICOLOR_FORCE` and `CLICOLOR` (force-color.org, no-color.org, bixense.com/clicolors).
 */
export function usesColor(color: ColorChoice, isTerminal: boolean, environment: NodeJS.ProcessEnv): boolean {
  if (color !== 'auto') return color === 'always';
  const { FORCE_COLOR, NO_COLOR, CLICOLOR_FORCE, CLICOLOR, TERM } = environment;
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  if (NO_COLOR) return false;
  if (CLICOLOR_FORCE && CLICOLOR_FORCE !== '0') return true;
  return isTerminal && CLICOLOR !== '0' && TERM !== 'dumb';
}

/** Properties of a Node stream that its types lack. */
interface StreamParts {
  fd?: number;
  _handle?: { fd?: number; setBlocking?(blocking: boolean): number };
}

/**
 * Node writes to terminals synchronously: a paused terminal (^S) would block the whole process and its signal handlers. The
 * descriptor is made non-blocking only if libuv has reopened the terminal; where it cannot (after `su`), the open file
 * description is shared with the shell and must stay blocking.
 */
function unblock(stream: WriteStream): void {
  if (!stream.isTTY) return;
  const { fd, _handle: handle } = stream as unknown as StreamParts;
  if (handle?.fd !== undefined && handle.fd !== fd) handle.setBlocking?.(false);
}
