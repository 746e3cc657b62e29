import type { Readable } from 'node:stream';

/**
 * Stops reading until the next turn of the event loop, so that other connections are served: libuv reads a socket many times in
 * one turn, and a flood of tiny frames takes much longer to process than to receive.
 */
export function readNextTurn(stream: Readable): void {
  stream.pause();
  setImmediate(() => stream.resume());
}
