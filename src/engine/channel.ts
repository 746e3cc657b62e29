import type { Socket } from 'node:net';

/** One side of a connection: the stream that carries the bytes, and the TCP socket under it, which differ with TLS. */
export interface Channel {
  readonly stream: Socket;
  readonly raw: Socket;
}

/** Ends a connection so that the peer cannot take it for a proper end: with a reset, once what was written is on its way. */
export function breakOff(channel: Channel): void {
  const { stream, raw } = channel;
  if (raw.destroyed) return;
  const reset = (): void => {
    if (!raw.destroyed) raw.resetAndDestroy();
    stream.destroy();
  };
  if (stream.writableLength === 0 || stream.writableEnded) reset();
  // Behind all that was written before.
  else stream.write(NOTHING, reset);
  // A peer that takes nothing any more is not waited for.
  stream.setTimeout(2000, reset);
}

/**
 * Tells whether an end was one: where the last bytes and a reset arrive together, Node reports a proper end. A connection
 * that was reset takes no more writes, not even an empty one.
 */
export function confirmEnd(stream: Socket, ended: () => void, broken: (error: Error) => void): void {
  if (stream.errored) broken(stream.errored);
  else if (!stream.writable || stream.writableLength > 0) ended();
  else stream.write(NOTHING, (error) => (error ? broken(error) : ended()));
}

/**
 * Ends a connection properly although the peer may still be sending: what it sends is thrown away for a while, as closing
 * at once would reset the connection and could destroy our last answer on its way (RFC 9112 section 9.6).
 */
export function endLingering(channel: Channel): void {
  const { stream, raw } = channel;
  if (raw.destroyed) return;
  let timer: NodeJS.Timeout | undefined;
  const close = (): void => {
    stream.destroy();
    raw.destroy();
  };
  stream.removeAllListeners('data');
  stream.on('data', () => {});
  stream.resume();
  stream.once('close', () => clearTimeout(timer));
  // A slow peer gets all that was written; one that takes nothing any more is given up.
  stream.setTimeout(STALLED_MS, close);
  stream.end(() => {
    timer = setTimeout(close, LINGER_MS).unref();
  });
}

const NOTHING = Buffer.alloc(0);
/** How long a peer may take nothing of what is still to be sent. */
const STALLED_MS = 60_000;
/** How long a peer may go on sending after our end. */
const LINGER_MS = 2000;
