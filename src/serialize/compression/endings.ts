import type { Compression } from './codec.js';

const ENDINGS: Readonly<Record<string, Compression>> = { '.gz': 'gzip', '.zst': 'zstd' };

/** The compression of a whole file, by the extension of its name. */
export function compressionOfPath(path: string): Compression | undefined {
  return ENDINGS[endingOf(path)];
}

/** The name without the extension of the compression. */
export function withoutCompression(path: string): string {
  return compressionOfPath(path) ? path.slice(0, -endingOf(path).length) : path;
}

function endingOf(path: string): string {
  return /\.[a-z]+$/.exec(path.toLowerCase())?.[0] ?? '';
}
