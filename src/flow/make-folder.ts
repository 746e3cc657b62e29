import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Creates a folder and its parents, unless it exists. The recursive `mkdir` of Node.js 22 and earlier never returns where the
 * system refuses a new folder with ENOENT, as it does in /proc and in folders of an automounter.
 * @throws Error (of `fs`)
 */
export async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (await isFolder(path)) return;
    const { code } = error as NodeJS.ErrnoException;
    // A dangling link exists, but is no folder: report that its target is missing.
    if (code === 'EEXIST') await stat(path);
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path || (await isFolder(parent))) throw error;
    await makeFolder(parent, mode);
    await makeFolder(path, mode);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
