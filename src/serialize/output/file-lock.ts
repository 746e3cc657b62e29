import { stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';

/**
 * Marks a file as being written by this process, so that other tsdump processes do not write to it. The lock is an abstract
 * Linux socket named after the identity of the file. It is exclusive, and the system releases it when the process ends. It has
 * no effect on other systems or across network namespaces.
 */
export class FileLock {
  private constructor(private readonly server: Server) {}

  /**
   * @returns undefined if the file does not exist yet, or cannot be locked. A device is not locked, as it may have several
   * writers.
   * @throws Error if another process has locked the file
   */
  static async take(path: string): Promise<FileLock | undefined> {
    const facts = await stat(path).catch(() => undefined);
    if (!facts?.isFile() || process.platform !== 'linux') return undefined;
    const server = createServer((socket) => socket.destroy()).unref();
    const error = await listen(server, `\0tsdump-writes-${facts.dev}-${facts.ino}`);
    if (error?.code === 'EADDRINUSE') throw new Error('another tsdump is writing to it');
    return error ? undefined : new FileLock(server);
  }

  release(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

function listen(server: Server, path: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    // Also handles later errors, such as an incoming connection that fails because no file descriptor is left.
    server.on('error', resolve);
    server.listen({ path }, () => resolve(undefined));
  });
}
