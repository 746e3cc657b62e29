import type { Channel } from '../channel.js';

/**
 * Watches a client that ended its side and may have left: it has when nothing was written to it for a while.
 * @param seconds between two looks
 * @returns what ends the watch
 */
export function watchHalfClosed({ stream, raw }: Channel, seconds: number, onLeft: () => void): NodeJS.Timeout {
  let written = stream.bytesWritten;
  return setInterval(() => {
    if (stream.bytesWritten === written) {
      onLeft();
      raw.resetAndDestroy();
    }
    written = stream.bytesWritten;
  }, seconds * 1000);
}
