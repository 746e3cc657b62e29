import { writev } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { MAGIC } from './native/record.js';

/** Where a writer puts its bytes. One write is in flight at a time. */
export interface Sink {
  /** The path, or `stdout`; for messages. */
  readonly name: string;
  /** Writes all of it, in order, then calls back. */
  write(chunks: readonly Buffer[], done: (error?: Error | null) => void): void;
  close(): Promise<void>;
}

/** An output that cannot be opened or written. */
export class OutputError extends Error {
  override name = 'OutputError';
  /** The system's name of what happened, such as `ENOSPC` or `EPIPE`, if it was the system. */
  readonly code: string | undefined;

  constructor(
    readonly path: string,
    cause: unknown,
  ) {
    super(`Cannot write ${path}: ${describe(cause)}`, { cause });
    this.code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  }
}

/**
 * Opens an output.
 * @param spec `FILE` (created anew, readable by its owner only), `+FILE` (appended to) or `-` (stdout)
 * @throws OutputError if it cannot be opened, or is to be appended to and is no flow file
 */
export async function openSink(spec: string): Promise<Sink> {
  if (spec === '-') return new StdoutSink();
  const append = spec.startsWith('+') && spec.length > 1;
  const path = append ? spec.slice(1) : spec;
  try {
    if (append) await checkAppendable(path);
    return new FileSink(path, await open(path, append ? 'a' : 'w', 0o600));
  } catch (error) {
    throw new OutputError(path, error);
  }
}

class FileSink implements Sink {
  constructor(
    readonly name: string,
    private readonly file: FileHandle,
  ) {}

  write(chunks: readonly Buffer[], done: (error?: Error | null) => void): void {
    writev(this.file.fd, chunks, null, (error, written) => {
      if (error) return done(error);
      const rest = behind(chunks, written);
      return rest.length > 0 ? this.write(rest, done) : done();
    });
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/** Never ends stdout, which others may use as well, but waits until everything is out. */
class StdoutSink implements Sink {
  readonly name = 'stdout';
  private readonly ignore = () => {};

  constructor() {
    // The callbacks of the writes get the error; as an event that nobody takes it would end the process.
    process.stdout.on('error', this.ignore);
  }

  write(chunks: readonly Buffer[], done: (error?: Error | null) => void): void {
    process.stdout.cork();
    chunks.forEach((chunk, at) => {
      process.stdout.write(chunk, at === chunks.length - 1 ? done : undefined);
    });
    process.stdout.uncork();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Something else than a flow file is not to be spoilt by a slip of the fingers. */
async function checkAppendable(path: string): Promise<void> {
  const facts = await stat(path).catch(() => undefined);
  if (!facts?.isFile() || facts.size === 0) return;
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
    if (!buffer.equals(MAGIC)) throw new Error('it is no flow file, so nothing can be appended to it');
  } finally {
    await file.close();
  }
}

/** What `writev` did not take. */
function behind(chunks: readonly Buffer[], written: number): Buffer[] {
  const rest: Buffer[] = [];
  let skip = written;
  for (const chunk of chunks) {
    if (skip >= chunk.length) skip -= chunk.length;
    else {
      rest.push(skip > 0 ? chunk.subarray(skip) : chunk);
      skip = 0;
    }
  }
  return rest;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would become too large',
  EIO: 'the device failed',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is no folder',
  ENOENT: 'there is no such folder',
  EPIPE: 'the reader closed it',
};

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = 'code' in cause ? String(cause.code) : '';
  const reason = REASONS[code];
  return reason ? `${reason} (${code})` : cause.message;
}
