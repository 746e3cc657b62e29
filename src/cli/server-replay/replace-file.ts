import { randomBytes } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  constants,
  copyFile,
  link,
  readlink,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FileLock } from '../../serialize/output/file-lock.js';
import { OutputError } from '../../serialize/output/sinks.js';

/**
 * Replaces a file by another one that is written beside it, so that a failure or a crash leaves the file as it was. A link is
 * kept, and its target is replaced.
 * @param keepsContent whether the other file begins as a copy
 * @param write receives the path of the other file; it is called again if the file was created meanwhile
 * @returns the path of the file, without links
 * @throws OutputError
 */
export async function replaceFile(
  given: string,
  keepsContent: boolean,
  write: (path: string) => Promise<void>,
): Promise<string> {
  const path = await targetOf(given);
  const before = await stat(path).catch(() => undefined);
  // Where no other file can be made, and where other names of the file must stay the same file, content can still be added.
  if (before && keepsContent && (before.nlink > 1 || !(await isWritable(dirname(path))))) {
    await write(path);
    return path;
  }
  const temporary = `${path}.${randomBytes(4).toString('hex')}.new`;
  const lock = await FileLock.take(path).catch(refuse(path));
  try {
    if (before && keepsContent) await copyFile(path, temporary, constants.COPYFILE_FICLONE).catch(refuse(temporary));
    await write(temporary);
    if (before) await copyAccess(temporary, before).catch(refuse(temporary));
    else if (keepsContent && (await isTaken(path, temporary))) return await replaceFile(given, keepsContent, write);
    await moveTo(path, temporary).catch(refuse(path));
    return path;
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
    await lock?.release();
  }
}

/** The file that a link leads to, which may be missing. */
async function targetOf(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined) return real;
  const target = await readlink(path).catch(() => undefined);
  return target === undefined ? path : resolve(dirname(path), target);
}

/** Copies owner and mode. Only the superuser can change the owner of a file. */
async function copyAccess(path: string, { mode, uid, gid }: { mode: number; uid: number; gid: number }): Promise<void> {
  await chown(path, uid, gid).catch(() => {});
  await chmod(path, mode & 0o777);
}

/** Creates a file that was missing, unless another program has done so meanwhile. */
async function isTaken(path: string, temporary: string): Promise<boolean> {
  // File systems without hard links leave it to the renaming.
  return link(temporary, path).then(
    () => false,
    ({ code }: NodeJS.ErrnoException) => code === 'EEXIST',
  );
}

async function moveTo(path: string, temporary: string): Promise<void> {
  try {
    await rename(temporary, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A mount point, such as a single file in a container, and another user's file in a sticky folder cannot be replaced.
    if (code !== 'EBUSY' && code !== 'EPERM') throw error;
    await copyFile(temporary, path);
  }
}

function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}

function refuse(path: string): (error: unknown) => never {
  return (error) => {
    throw new OutputError(path, error);
  };
}
