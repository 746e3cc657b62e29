import type { Server, Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { ListenError } from '../../errors.js';

/** Socket options that Node has no API for. */
export interface SocketOptions {
  /**
   * Reads an option into a sufficiently large buffer.
   * @returns undefined, or the name of the error, such as `ENOENT`
   */
  get(socket: Socket, level: number, option: number, into: Buffer): string | undefined;
  /** Sets a numeric option. @returns undefined, or the name of the error */
  set(listener: Server, level: number, option: number, value: number): string | undefined;
}

/** The used parts of koffi. Its own types are missing where it could not be installed. */
interface Koffi {
  load(library: null): { func(prototype: string): (...args: unknown[]) => number };
  errno(): number;
}

/**
 * @param module an optional package; a parameter, so that the compiler does not resolve it
 * @throws ListenError if it is not installed, or does not work on this system
 */
export async function loadSocketOptions(module = 'koffi'): Promise<SocketOptions> {
  let koffi: Koffi;
  try {
    koffi = ((await import(module)) as { default: Koffi }).default;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    const reason = missing ? 'is not installed' : `does not work here: ${(error as Error).message}`;
    throw new ListenError(
      `Transparent mode needs the package ${module} to query connection destinations, and it ${reason}. ` +
        'Install tsdump with its optional packages (npm install --include=optional).',
    );
  }
  // The C library is part of Node's own process. Pointers to prepared memory are the fastest that koffi can pass.
  const library = koffi.load(null);
  const getsockopt = library.func('int getsockopt(int, int, int, void *, void *)');
  const setsockopt = library.func('int setsockopt(int, int, int, void *, uint32_t)');
  const size = new Uint32Array(1);
  const number = new Int32Array(1);
  const failure = (): string => getSystemErrorName(-koffi.errno());
  return {
    get: (socket, level, option, into) => {
      const fd = descriptor(socket);
      if (fd === undefined) return 'EBADF';
      size[0] = into.length;
      return getsockopt(fd, level, option, into, size) === 0 ? undefined : failure();
    },
    set: (listener, level, option, value) => {
      const fd = descriptor(listener);
      if (fd === undefined) return 'EBADF';
      number[0] = value;
      return setsockopt(fd, level, option, number, number.byteLength) === 0 ? undefined : failure();
    },
  };
}

/** The file descriptor, which Node does not expose; undefined when the socket is closed. */
function descriptor(socket: Socket | Server): number | undefined {
  const fd = (socket as { _handle?: { fd?: number } | null })._handle?.fd;
  return fd !== undefined && fd >= 0 ? fd : undefined;
}
