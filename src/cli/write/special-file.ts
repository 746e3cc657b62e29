import { statSync } from 'node:fs';

/** Whether a path is a device, a pipe or a folder. A path that cannot be inspected is not: opening it reports the reason. */
export function isSpecialFile(path: string): boolean {
  try {
    return !statSync(path).isFile();
  } catch {
    return false;
  }
}
