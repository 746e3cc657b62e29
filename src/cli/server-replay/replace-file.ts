import { access, chmod, constants, copyFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FileLock } from '../../serialize/output/file-lock.js';
import { OutputError } from '../../serialize/output/sinks.js';

/**
 * Replaces a file by another one that is written beside it, so that a failure or a crash leaves the file as it was. A link is
 * kept, and its target is replaced.
 * @param keepsContent whether the other file begins as a copy
 * @param write receives the path of the other file
 * @throws OutputError
 */
export async function replaceFile(
  link: string,
  keepsContent: boolean,
  write: (path: string) => Promise<void>,
): Promise<void> {
  const path = await realpath(link).catch(() => link);
  const before = await stat(path).catch(() => undefined);
  // Where no other file can be made, content can still be added.
  if (before && keepsContent && !(await isWritable(dirname(path)))) return write(path);
  const temporary = `${path}.new`;
  const lock = await FileLock.take(path).catch(refuse(path));
  try {
    await rm(temporary, { force: true }).catch(refuse(temporary));
    if (before && keepsContent) await copyFile(path, temporary, constants.COPYFILE_FICLONE).catch(refuse(temporary));
    await write(temporary);
    if (before) await chmod(temporary, before.mode & 0o777).catch(refuse(temporary));
    await moveTo(path, temporary).catch(refuse(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  } finally {
    await lock?.release();
  }
}

async function moveTo(path: string, temporary: string): Promise<void> {
  try {
    await rename(temporary, path);
  } catch (error) {
    // A file that is mounted by itself, as into a container, cannot be replaced.
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
    await copyFile(temporary, path);
    await rm(temporary);
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
