import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** One side of a connection: the stream that carries its bytes, and the ways to end it. The stream need not be a socket. */
export interface Channel {
  readonly stream: Duplex;
  /** Whether the connection is over. */
  readonly destroyed: boolean;
  /** Ends the connection at once. */
  destroy(): void;
  /** Ends it at once, so that the peer cannot take that for a proper end. */
  reset(): void;
  /** Resets it once what was written is on its way; a peer that takes nothing any more is not waited for. */
  resetConnection(): void;
  /** Ends it when what was written is on its way. */
  destroySoon(): void;
  /**
   * Ends it properly although the peer may still be sending: what it sends is thrown away for a while, as closing at once
   * would reset the connection and could destroy our last answer on its way (RFC 9112 section 9.6).
   */
  lingeringClose(): void;
  /** Finds out whether a peer that has ended its side is still there; if it is not, the connection closes soon. */
  probe(): void;
  /** The channel of TLS over this one. @param stream what is inside TLS */
  secured(stream: Socket): Channel;
}

/** A TCP connection, or TLS on one. */
export class SocketChannel implements Channel {
  private probing = false;

  /** @param socket the TCP connection under the stream */
  constructor(
    readonly stream: Socket,
    readonly socket: Socket = stream,
  ) {}

  get destroyed(): boolean {
    return this.socket.destroyed;
  }

  destroy(): void {
    this.stream.destroy();
    this.socket.destroy();
  }

  reset(): void {
    if (!this.socket.destroyed) this.socket.resetAndDestroy();
    this.stream.destroy();
  }

  resetConnection(): void {
    const { stream } = this;
    if (this.destroyed) return;
    const reset = (): void => this.reset();
    if (stream.writableLength === 0 || stream.writableEnded) reset();
    // Behind all that was written before.
    else stream.write(NOTHING, reset);
    stream.setTimeout(BREAK_OFF_MS, reset);
  }

  destroySoon(): void {
    this.stream.end();
    this.socket.destroySoon();
  }

  lingeringClose(): void {
    const { stream } = this;
    if (this.destroyed) return;
    let timer: NodeJS.Timeout | undefined;
    const close = (): void => this.destroy();
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

  /**
   * The system of a peer that has left answers a keep-alive probe, or the next bytes, with a reset: Linux at once, or after
   * a minute (`tcp_fin_timeout`). As nothing is read any more, Node does not report the reset; a write does.
   */
  probe(): void {
    if (!this.probing) this.socket.setKeepAlive(true, PROBE_AFTER_MS);
    this.probing = true;
    // Below TLS, which would not say that the write failed. A write that waits already will fail by itself.
    if (this.stream.writableLength === 0) this.socket.write(NOTHING);
  }

  secured(stream: Socket): SocketChannel {
    return new SocketChannel(stream, this.socket);
  }
}

/**
 * Tells FIN from RST: where the last bytes and a reset arrive together, Node reports a proper end. A connection that was
 * reset takes no more writes, not even an empty one.
 */
export function confirmEnd(stream: Duplex, ended: () => void, broken: (error: Error) => void): void {
  if (stream.errored) broken(stream.errored);
  else if (!stream.writable || stream.writableLength > 0) ended();
  else stream.write(NOTHING, (error) => (error ? broken(error) : ended()));
}

const NOTHING = Buffer.alloc(0);
const BREAK_OFF_MS = 2000;
/** How long a peer may take nothing of what is still to be sent. */
const STALLED_MS = 60_000;
/** How long a peer may go on sending after our end. */
const LINGER_MS = 2000;
/** Milliseconds without traffic after which the system sends keep-alive probes. */
const PROBE_AFTER_MS = 5000;
