import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Puts the name of a file that was created or renamed onto the disk. @throws Error (of `fs`) */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync().catch((error: NodeJS.ErrnoException) => {
      // Some file systems have nothing to sync in a folder.
      if (error.code !== 'EINVAL') throw error;
    });
  } finally {
    await folder.close();
  }
}
