import type { Channel } from '../channel.js';

/** Milliseconds between two looks. */
const LOOK_MS = 1000;
/** Milliseconds without traffic after which the system sends keep-alive probes. */
const PROBE_AFTER_MS = 5000;

/**
 * Watches a client that has ended its side: it waits for the answer, or has left. The system of a client that has left
 * answers a keep-alive probe, or the next bytes of the answer, with a reset: Linux at once, or after a minute
 * (`tcp_fin_timeout`). As nothing is read from this connection any more, Node does not report the reset; a write does.
 * @param seconds without a byte of the answer after which the client is given up all the same; 0 for no such bound
 * @param onLeft called when the client is given up; if its socket is found dead, the channel closes instead
 * @returns what ends the watch
 */
export function watchHalfClosed({ stream, raw }: Channel, seconds: number, onLeft: () => void): NodeJS.Timeout {
  const most = seconds * 1000;
  let written = stream.bytesWritten;
  let since = performance.now();
  raw.setKeepAlive(true, PROBE_AFTER_MS);
  return setInterval(
    () => {
      // Below TLS, which would not say that the write failed. A write that waits already will fail by itself.
      if (stream.writableLength === 0) raw.write(NOTHING);
      if (stream.bytesWritten !== written) {
        written = stream.bytesWritten;
        since = performance.now();
      } else if (most > 0 && performance.now() - since >= most) {
        onLeft();
        raw.resetAndDestroy();
      }
    },
    most > 0 ? Math.min(most, LOOK_MS) : LOOK_MS,
  );
}

const NOTHING = Buffer.alloc(0);
