import { stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';

/**
 * Says that this process writes to a file, so that another tsdump does not. It is an abstract socket of Linux with the
 * file's identity for its name: that belongs to one process, and is gone with it, however it ends. Elsewhere, and between
 * network namespaces, nothing is known of others.
 */
export class FileLock {
  private constructor(private readonly server: Server) {}

  /**
   * @returns undefined if there is no such file yet, or it cannot be claimed; a device may have several writers
   * @throws Error if somebody else has claimed it
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
    // Also later, when somebody knocks and no descriptor is left.
    server.on('error', resolve);
    server.listen({ path }, () => resolve(undefined));
  });
}
