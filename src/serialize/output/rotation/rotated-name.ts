import { lstat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

/** The time of completion in UTC, between stem and extension. */
const STAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\.(\d{3})Z$/;
/** Regular expression of the stamp, with the preceding dot. */
export const STAMP_PATTERN = '\\.(\\d{8}T\\d{6}\\.\\d{3}Z)';

/**
 * Splits a file name before the dot of its extension. The extension of a compression is kept with the one before it.
 */
export function splitName(name: string): [stem: string, ending: string] {
  const outer = extname(name);
  const inner = /^\.(?:gz|zst|br)$/i.test(outer) ? extname(name.slice(0, -outer.length)) : '';
  const ending = inner + outer;
  return [name.slice(0, name.length - ending.length), ending];
}

/** `flows.bin` completed at this time: `flows.20261125T101112.345Z.bin`. These names sort by time. */
export function rotatedName(name: string, time: number): string {
  const [stem, ending] = splitName(name);
  return `${stem}.${new Date(time).toISOString().replace(/[-:]/g, '')}${ending}`;
}

/** The time of completion, from the stamp in the name. */
export function timeOfStamp(stamp: string): number {
  return Date.parse(stamp.replace(STAMP, '$1-$2-$3T$4:$5:$6.$7Z'));
}

/**
 * An unused name for a file that is completed now.
 * @param after lower limit of the stamp, exclusive
 * @returns the path, and the time in its stamp
 */
export async function freeRotatedPath(path: string, after: number): Promise<[path: string, time: number]> {
  for (let time = Math.max(Date.now(), after + 1); ; time++) {
    const rotated = join(dirname(path), rotatedName(basename(path), time));
    if (!(await exists(rotated))) return [rotated, time];
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
