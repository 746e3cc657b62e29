import type { Channel } from '../net/channel.js';

/** Milliseconds between two checks. */
const CHECK_MS = 1000;

/**
 * Watches a client that has ended its side: it is waiting for the response, or has left.
 * @param written bytes written to the client so far
 * @param seconds without response bytes after which the client is considered gone; 0 for no limit
 * @param onLeft called when the client is considered gone; if its connection is found dead, the channel closes instead
 * @returns the timer; clear it to end the watch
 */
export function watchHalfClosed(
  channel: Channel,
  written: () => number,
  seconds: number,
  onLeft: () => void,
): NodeJS.Timeout {
  const limit = seconds * 1000;
  let before = written();
  let since = performance.now();
  return setInterval(
    () => {
      channel.probe();
      const now = written();
      if (now !== before) {
        before = now;
        since = performance.now();
      } else if (limit > 0 && performance.now() - since >= limit) {
        onLeft();
        channel.reset();
      }
    },
    limit > 0 ? Math.min(limit, CHECK_MS) : CHECK_MS,
  );
}
