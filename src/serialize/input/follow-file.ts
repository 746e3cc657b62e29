import { type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

export interface FollowOptions {
  /** Ends the waiting for changes; what is being read just stops. */
  signal: AbortSignal;
  /** Called with the identity of each file that is opened; see `fileIdentity`. */
  onOpen: (identity: string) => void;
  /** Called when the file does not exist at first. */
  onWaiting: () => void;
  /** Called when the file has become shorter than what was read; it is read from its beginning again. */
  onTruncated: () => void;
  /** Milliseconds between checks, for changes without an event: rotation, and file systems that cannot be watched. */
  poll?: number;
}

const POLL = 1000;
/** Bytes read at once. */
const BLOCK = 256 * 1024;

/**
 * Follows a file by its name, like `tail -F`. Yields the content of the file and, each time that another file has taken its
 * name, of that one. A content ends only if its file was replaced or truncated; until then it waits for more, also in the
 * middle of a record. A file that was renamed is read until the new one has data, because its writer may not have noticed yet.
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

/** Identifies a file under any name. Inodes are used again, so the time of its creation belongs to it. */
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
  // When the program ends, reading stops where it is.
  const close = (): void => void file.close().catch(() => {});
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  try {
    for (;;) {
      // The reader keeps the buffer.
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(BLOCK), 0, BLOCK, position);
      position += bytesRead;
      if (bytesRead > 0) {
        // Small additions must not keep a large block in memory.
        yield bytesRead < BLOCK / 4 ? Buffer.from(buffer.subarray(0, bytesRead)) : buffer.subarray(0, bytesRead);
        continue;
      }
      if (replaced) return;
      const facts = await file.stat();
      if (facts.size < position) return onTruncated();
      const named = await stat(path).catch(() => undefined);
      replaced = named !== undefined && named.size > 0 && fileIdentity(named) !== fileIdentity(facts);
      // The old file is complete once the new one has data. What came in between is still read.
      if (!replaced) await changes.next();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    // An end here would be that of the input.
    await new Promise(() => {});
  } finally {
    signal.removeEventListener('abort', close);
    await file.close();
  }
}

/** Waits for changes of a file: by events where the system has them, and by looking again after some time. */
class Changes {
  private watcher: FSWatcher | undefined;
  /** Something happened since the last wait. */
  private changed = false;
  private wake: (() => void) | undefined;

  constructor(
    private readonly path: string,
    private readonly options: FollowOptions,
  ) {
    options.signal.addEventListener('abort', () => this.close(), { once: true });
  }

  /** Watches the folder, so that the beginning of the file and its replacement are noticed, too. */
  private watch(): void {
    const name = basename(this.path);
    try {
      this.watcher = watch(dirname(this.path), { persistent: false }, (_, file) => {
        if (file === null || file === name) this.note();
      });
      this.watcher.on('error', () => this.close());
      // It may have changed before.
      this.changed = true;
    } catch {
      // The folder does not exist, or the system has no more watches: the file is polled.
    }
  }

  close(): void {
    this.watcher?.close();
    this.watcher = undefined;
  }

  /** Resolves after a change or some time; never after the end of the program has begun. */
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
