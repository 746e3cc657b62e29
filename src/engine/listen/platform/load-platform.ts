import { ListenError } from '../../errors.js';
import type { Platform } from './platform.js';

/**
 * Loads the platform support for an operating system, by its name in Node.
 * @throws ListenError that says what is missing
 */
export async function loadPlatform(name: NodeJS.Platform): Promise<Platform> {
  switch (name) {
    case 'linux':
      return (await import('./linux.js')).loadLinux();
    case 'darwin':
    case 'freebsd':
      return (await import('./pf.js')).loadPf();
    case 'openbsd':
      return (await import('./openbsd.js')).openbsd;
    default:
      throw new ListenError(
        `Transparent mode does not work on ${name}, which does not report the destination of a redirected connection. Linux, macOS, FreeBSD and OpenBSD are supported.`,
      );
  }
}
