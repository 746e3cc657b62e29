import { type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

export interface FollowOptions {
  /** Ends the following. The pending read never settles. */
  signal: AbortSignal;
  /** Called with the identity of each file that is opened; see `fileIdentity`. */
  onOpen: (identity: string) => void;
  /** Called when the file does not exist at first. */
  onWaiting: () => void;
  /** Called when the file has become shorter than the position; it is then read from its beginning. */
  onTruncated: () => void;
  /** Milliseconds between checks, for changes without an event: rotation, and file systems that cannot be watched. */
  poll?: number;
}

const POLL = 1000;
/** Maximum bytes of one read. */
const BLOCK = 256 * 1024;

/**
 * Follows a file by its name, like `tail -F`. Yields the content of the file, and then the content of each file that has taken
 * its name. A content ends only after its file was replaced or truncated; until then it waits for more data, even inside a
 * record. A renamed file is read until its replacement has data, because its writer may still have it open.
 * @throws Error (of `fs`) if the file cannot be opened or read
 */
export async function* followFile(path: string, options: FollowOptions): AsyncGenerator<AsyncIterable<Buffer>> {
  const changes = new Changes(path, options);
  try {
    for (;;) {
      const file = await openFile(path, options, changes);
      yield contentOf(file, path, options, changes);
    }
  } finally {
    changes.close();
  }
}

/** Identifies a file under any name. Includes the creation time, as inodes are reused. */
export function fileIdentity({ dev, ino, birthtimeMs }: { dev: number; ino: number; birthtimeMs: number }): string {
  return `${dev}:${ino}:${birthtimeMs}`;
}

async function openFile(path: string, { onOpen, onWaiting }: FollowOptions, changes: Changes): Promise<FileHandle> {
  for (let first = true; ; first = false) {
    try {
      const file = await open(path, 'r');
      onOpen(fileIdentity(await file.stat()));
      return file;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      if (first) onWaiting();
      await changes.next();
    }
  }
}

async function* contentOf(
  file: FileHandle,
  path: string,
  { onTruncated, signal }: FollowOptions,
  changes: Changes,
): AsyncGenerator<Buffer> {
  let position = 0;
  let replaced = false;
  // Aborts a pending read at the end of the program.
  const close = (): void => void file.close().catch(() => {});
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  try {
    for (;;) {
      // The reader keeps the buffer.
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(BLOCK), 0, BLOCK, position);
      position += bytesRead;
      if (bytesRead > 0) {
        // A small piece must not keep a large block in memory.
        yield bytesRead < BLOCK / 4 ? Buffer.from(buffer.subarray(0, bytesRead)) : buffer.subarray(0, bytesRead);
        continue;
      }
      if (replaced) return;
      const facts = await file.stat();
      if (facts.size < position) return onTruncated();
      const named = await stat(path).catch(() => undefined);
      replaced = named !== undefined && named.size > 0 && fileIdentity(named) !== fileIdentity(facts);
      // The old file is complete once its replacement has data. Data written before that is still read.
      if (!replaced) await changes.next();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    // Does not end: that would be the end of the input.
    await new Promise(() => {});
  } finally {
    signal.removeEventListener('abort', close);
    await file.close();
  }
}

/** Waits for changes of a file by system events, with polling as a fallback. */
class Changes {
  private watcher: FSWatcher | undefined;
  /** Whether a change has occurred since the last wait. */
  private changed = false;
  private wake: (() => void) | undefined;

  constructor(
    private readonly path: string,
    private readonly options: FollowOptions,
  ) {
    options.signal.addEventListener('abort', () => this.close(), { once: true });
  }

  /** Watches the folder, to notice the creation and the replacement of the file as well. */
  private watch(): void {
    const name = basename(this.path);
    try {
      this.watcher = watch(dirname(this.path), { persistent: false }, (_, file) => {
        if (file === null || file === name) this.note();
      });
      this.watcher.on('error', () => this.close());
      // The file may have changed before.
      this.changed = true;
    } catch {
      // The folder does not exist, or the system's limit of watches is reached: the file is polled.
    }
  }

  close(): void {
    this.watcher?.close();
    this.watcher = undefined;
  }

  /** Resolves after a change or the polling interval; never once the program is ending. */
  next(): Promise<void> {
    const { signal, poll = POLL } = this.options;
    return new Promise((resolve) => {
      if (signal.aborted) return;
      if (!this.watcher) this.watch();
      const timer = setTimeout(() => this.note(), poll);
      this.wake = () => {
        clearTimeout(timer);
        this.wake = undefined;
        this.changed = false;
        if (!signal.aborted) resolve();
      };
      if (this.changed) this.wake();
    });
  }

  private note(): void {
    this.changed = true;
    this.wake?.();
  }
}
