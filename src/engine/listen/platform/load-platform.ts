import { ListenError } from '../../errors.js';
import { localAddress, type Platform } from './platform.js';

/**
 * Loads the platform support for an operating system, by its name in Node.
 * @throws ListenError if the system is not supported, with the reason
 */
export async function loadPlatform(name: NodeJS.Platform): Promise<Platform> {
  switch (name) {
    case 'linux':
      return (await import('./linux.js')).loadLinux();
    case 'darwin':
    case 'freebsd':
      return (await import('./pf.js')).loadPf();
    case 'openbsd':
      return OPENBSD;
    default:
      throw new ListenError(
        `Transparent mode does not work on ${name}, which does not report the destination of a redirected connection. Linux, macOS, FreeBSD and OpenBSD are supported.`,
      );
  }
}

/** OpenBSD: `divert-to` rules keep a connection's destination as its local address (pf.conf(5)). */
const OPENBSD: Platform = {
  prepare: () => [],
  originalDestination: localAddress,
};
