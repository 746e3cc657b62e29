import { stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';

/**
 * Marks a file as being written by this process, to keep other tsdump processes away. The lock is an abstract Linux
 * socket named after the file's identity. It is exclusive, and is released with the process, however that ends. It has
 * no effect on other systems or across network namespaces.
 */
export class FileLock {
  private constructor(private readonly server: Server) {}

  /**
   * @returns undefined if the file does not exist yet, or cannot be locked; a device may have several writers
   * @throws Error if another process has locked it
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
    // Also handles later errors, such as an incoming connection when no descriptor is left.
    server.on('error', resolve);
    server.listen({ path }, () => resolve(undefined));
  });
}
