import type { Compression } from './codec.js';

const ENDINGS: Readonly<Record<string, Compression>> = { '.gz': 'gzip', '.zst': 'zstd' };

/** How a file of this name is compressed as a whole: by its ending. */
export function compressionOfPath(path: string): Compression | undefined {
  return ENDINGS[endingOf(path)];
}

/** The name of what is inside. */
export function withoutCompression(path: string): string {
  return compressionOfPath(path) ? path.slice(0, -endingOf(path).length) : path;
}

function endingOf(path: string): string {
  return /\.[a-z]+$/.exec(path.toLowerCase())?.[0] ?? '';
}
