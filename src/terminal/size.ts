/** Bytes in units of 1024: `123b`, `12.3k`, `100k`, `1.5m`. */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes}b`;
  let size = bytes;
  let unit = -1;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit++;
  }
  return (size < 99.95 ? size.toFixed(1) : size.toFixed(0)) + UNITS[unit]!;
}

const UNITS = ['k', 'm', 'g', 't'];
