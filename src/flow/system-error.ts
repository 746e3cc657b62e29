import { getSystemErrorMap, systemErrorNumbers } from './runtime.js';

/** The description and the name of a system error: `no such file or directory (ENOENT)`. Another error has only its message. */
export function systemErrorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const name = systemErrorName(error);
  if (name === undefined) return error.message;
  const { errno, syscall } = error as NodeJS.ErrnoException;
  if (syscall === 'watch' && name === 'ENOSPC') return `no further file can be watched (${name})`;
  const words = WORDS[name] ?? getSystemErrorMap().get(errno!)?.[1];
  return words === undefined ? error.message : `${words} (${name})`;
}

/** The name of a system error, such as `ENOSPC`; undefined for other errors. */
export function systemErrorName(error: NodeJS.ErrnoException): string | undefined {
  const { errno } = error;
  if (errno === undefined) return undefined;
  // Node.js lacks some errors, and calls them `Unknown system error`.
  return (
    getSystemErrorMap().get(errno)?.[0] ??
    Object.keys(systemErrorNumbers).find((name) => systemErrorNumbers[name] === -errno)
  );
}

/** Errors that Node.js does not describe, or not clearly enough for a file. */
const WORDS: Readonly<Record<string, string>> = {
  EDQUOT: 'disk quota exceeded',
  EFBIG: 'the file would become too large',
  EIO: 'the device failed',
  EISDIR: 'it is a folder',
  ENOLCK: 'no locks available',
  ENOTDIR: 'a part of the path is not a folder',
  EPIPE: 'the reader closed it',
  ESTALE: 'the file is no longer on the server',
};
