import { readlinkSync } from 'node:fs';

/**
 * The file descriptors above stderr that this process was started with, such as those of `3>log` and of make. Node does not
 * pass the first 16 to its children. Call this before any file is opened.
 * @returns the descriptors that are certainly not Node's own; an empty list on systems without `/proc`
 */
export function inheritedDescriptors(): number[] {
  const found: number[] = [];
  let beforeNode = true;
  for (let fd = 3; fd < 16; fd++) {
    const target = targetOf(fd);
    // The first descriptor that Node opens is that of its event loop.
    if (target?.startsWith('anon_inode:')) beforeNode = false;
    else if (target && (beforeNode || isFileOrSocket(target))) found.push(fd);
  }
  return found;
}

/** Node itself opens neither files of folders nor sockets when it starts. */
function isFileOrSocket(target: string): boolean {
  return target.startsWith('socket:') || (target.startsWith('/') && !/^\/(dev|proc|sys)\//.test(target));
}

function targetOf(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}
