import { ListenError } from '../../errors.js';
import type { Platform } from './platform.js';

/**
 * What there is for an operating system, as Node names it.
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
        `Transparent mode does not work on ${name}: there is no way to ask it where a connection was going. There is one on Linux, macOS, FreeBSD and OpenBSD.`,
      );
  }
}
