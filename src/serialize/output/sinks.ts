/** Where a writer puts its bytes. One write is in flight at a time. */
export interface Sink {
  /** The path, or `stdout`; for messages. */
  readonly name: string;
  /** Bytes in the output, with those that were there before. */
  readonly size: number;
  /** Writes all of it, in order, then calls back. */
  write(chunks: readonly Buffer[], done: (error?: Error | null) => void): void;
  /** Told that what was written up to now is whole flows. They count as written when it calls back. */
  settle?(done: (error?: Error | null) => void): void;
  /** Takes back what was written behind this many bytes. */
  cut?(size: number): Promise<void>;
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

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the device',
  EDQUOT: 'disk quota exceeded',
  EFBIG: 'the file would become too large',
  EIO: 'the device failed',
  ENXIO: 'the device is gone',
  ENODEV: 'the device is gone',
  ESTALE: 'the file is no longer on the server',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ENOENT: 'no such folder',
  ENAMETOOLONG: 'the name is too long',
  EPIPE: 'the reader closed it',
};

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = 'code' in cause ? String(cause.code) : '';
  const reason = REASONS[code];
  return reason ? `${reason} (${code})` : cause.message;
}
