import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes the name of a created or renamed file durable. @throws Error (of `fs`) */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync().catch((error: NodeJS.ErrnoException) => {
      // Some file systems do not support this for folders.
      if (error.code !== 'EINVAL') throw error;
    });
  } finally {
    await folder.close();
  }
}
