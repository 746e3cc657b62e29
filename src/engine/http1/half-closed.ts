import type { Channel } from '../net/channel.js';

/** Milliseconds between two looks. */
const LOOK_MS = 1000;

/**
 * Watches a client that has ended its side: it waits for the answer, or has left.
 * @param written grows with what is written to the client
 * @param seconds without a byte of the answer after which the client is given up all the same; 0 for no such bound
 * @param onLeft called when the client is given up; if its connection is found dead, the channel closes instead
 * @returns what ends the watch
 */
export function watchHalfClosed(
  channel: Channel,
  written: () => number,
  seconds: number,
  onLeft: () => void,
): NodeJS.Timeout {
  const most = seconds * 1000;
  let before = written();
  let since = performance.now();
  return setInterval(
    () => {
      channel.probe();
      const now = written();
      if (now !== before) {
        before = now;
        since = performance.now();
      } else if (most > 0 && performance.now() - since >= most) {
        onLeft();
        channel.reset();
      }
    },
    most > 0 ? Math.min(most, LOOK_MS) : LOOK_MS,
  );
}
